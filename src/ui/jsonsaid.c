/* What is said, as JSON: lines, what becomes of them, and which are missing. */
#include "ui/json_private.h"
#include "ui/markup.h"
#include "ui/words.h"

static void put_said(FILE *out, const char *event, const struct show *show)
{
    static const char *const vias[] = {[VIA_LINK] = "link",
                                       [VIA_HISTORY] = "history",
                                       [VIA_CLASSIC] = "classic",
                                       [VIA_STORED] = "history"};
    char time[32];
    words_time(show->wall_ms, time);
    json_begin_in(out, event, show);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_whose(out, show);
    json_put_foreign(out, ",\"text\":", show->text);
    json_put_text(out, ",\"time\":", time);
    json_put_number(out, ",\"lamport\":", show->lamport);
    json_put_number(out, ",\"seq\":", show->seq);
    json_put_truth(out, ",\"own\":", show->own);
    json_put_text(out, ",\"via\":", vias[show->via]);
    if (show->action)
        fputs(",\"action\":true", out);
    if (show->sealed)
        fputs(",\"sealed\":true", out);
    if (show->edited)
        fputs(",\"edited\":true", out);
    if (show->adrift)
        fputs(",\"adrift\":true", out);
    if (show->liar)
        fputs(",\"liar\":true", out);
    if (show->folded)
        fputs(",\"folded\":true", out);
    json_put_marks(out, show);
}

/* Where there are any, or (always) none. */
static void put_reactions(FILE *out, struct bytes list, bool always)
{
    struct reactions_row row;
    const char *before = "";
    if (list.size == 0 && !always)
        return;
    fputs(",\"reactions\":[", out);
    while (reactions_next(&list, &row)) {
        fputs(before, out);
        json_put_foreign(out, "{\"reaction\":", row.sign);
        json_put_number(out, ",\"count\":", row.count);
        fputs(row.own ? ",\"own\":true}" : ",\"own\":false}", out);
        before = ",";
    }
    fputs("]", out);
}

void json_message(FILE *out, const struct show *show, const char *names)
{
    put_said(out, "message", show);
    if (show->own)
        json_put_number(out, ",\"held\":", show->n);
    else if (markup_mentions_reader(show, names))
        fputs(",\"mention\":true", out);
    put_reactions(out, show->b, false);
}

void json_found(FILE *out, const struct show *show)
{
    put_said(out, "found", show);
    json_put_number(out, ",\"n\":", show->n);
    put_reactions(out, show->b, false);
}

void json_found_end(FILE *out, const struct show *show)
{
    json_begin(out, "found_end");
    json_put_foreign(out, ",\"query\":", show->text);
    json_put_number(out, ",\"found\":", show->n);
    json_put_truth(out, ",\"more\":", show->up);
    json_put_number(out, ",\"not_indexed\":", show->n2);
}

void json_gap(FILE *out, const struct show *show)
{
    json_begin_in(out, "gap", show);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_number(out, ",\"from\":", show->seq);
    json_put_number(out, ",\"to\":", show->n2);
    json_put_number(out, ",\"missing\":", show->n);
    json_put_foreign(out, ",\"asking\":", show->a);
}

void json_coming(FILE *out, const struct show *show)
{
    json_begin_in(out, "coming", show);
    json_put_number(out, ",\"missing\":", show->n);
}

void json_forgotten(FILE *out, const struct show *show)
{
    json_begin_in(out, "forgotten", show);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_number(out, ",\"seq\":", show->seq);
}

void json_edited(FILE *out, const struct show *show)
{
    json_begin_in(out, "edited", show);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_number(out, ",\"seq\":", show->seq);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_foreign(out, ",\"text\":", show->text);
    json_put_marks(out, show);
}

void json_editing(FILE *out, const struct show *show)
{
    json_begin_in(out, "editing", show);
    json_put_foreign(out, ",\"text\":", show->text);
}

void json_reaction(FILE *out, const struct show *show)
{
    json_begin_in(out, "reaction", show);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_number(out, ",\"seq\":", show->seq);
    json_put_id(out, ",\"who\":", &show->who);
    json_put_text(out, ",\"nick\":", show->who_nick.text);
    json_put_foreign(out, ",\"reaction\":", show->a);
    json_put_text(out, ",\"state\":", show->up ? "put" : "taken");
    json_put_truth(out, ",\"own\":", show->own);
    put_reactions(out, show->b, true);
    if (show->folded)
        fputs(",\"folded\":true", out);
    json_put_marks(out, show);
}

void json_read(FILE *out, const struct show *show)
{
    json_begin_in(out, "read", show);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_number(out, ",\"seq\":", show->n2);
}

void json_held(FILE *out, const struct show *show)
{
    /* Lines from before the start are not spoken of: n3 is the last of them. */
    uint64_t first = show->seq > show->n3 ? show->seq : show->n3 + 1;
    if (first <= show->n3)
        return; /* there is none behind the last */
    for (uint64_t seq = first; !ferror(out) && seq <= show->n2 && seq < UINT64_MAX; seq++) {
        json_begin_in(out, "held", show);
        json_put_id(out, ",\"author\":", &show->id);
        json_put_number(out, ",\"seq\":", seq);
        json_put_number(out, ",\"by\":", show->n);
        json_put_peer(out, show);
        json_put_end(out);
    }
}
