/* Who that is, as JSON: nodes, people and links. */
#include "ui/json_private.h"

void json_put_marks(FILE *out, const struct show *show)
{
    static const char *const clashes[] = {[CLASH_NONE] = NULL,
                                          [CLASH_HELD] = "held",
                                          [CLASH_LOOKS] = "looks",
                                          [CLASH_VERIFIED] = "verified"};
    if ((show->marks & PERSON_VERIFIED) != 0)
        fputs(",\"verified\":true", out);
    if ((show->marks & PERSON_IGNORED) != 0)
        fputs(",\"ignored\":true", out);
    if ((show->marks & PERSON_BLOCKED) != 0)
        fputs(",\"blocked\":true", out);
    if ((show->marks & PERSON_REVOKED) != 0)
        fputs(",\"revoked\":true", out);
    if (show->clash == CLASH_NONE)
        return;
    json_put_text(out, ",\"clash\":", clashes[show->clash]);
    json_put_text(out, ",\"clash_with\":", show->like.text);
}

void json_put_whose(FILE *out, const struct show *show)
{
    if (!id_equal(show_whose(show), &show->id))
        json_put_id(out, ",\"person\":", &show->person);
}

void json_put_peer(FILE *out, const struct show *show)
{
    if (!id_is_zero(&show->peer))
        json_put_id(out, ",\"peer\":", &show->peer);
    if (show->group)
        fputs(",\"private\":true", out);
}

void json_device(FILE *out, const struct show *show)
{
    json_begin(out, "device");
    json_put_id(out, ",\"id\":", &show->id);
    json_put_id(out, ",\"person\":", &show->person);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_foreign(out, ",\"label\":", show->text);
    json_put_text(out, ",\"state\":", show->up ? "certified" : "revoked");
}

/* All of them, so that a program sees what was taken back. */
void json_person(FILE *out, const struct show *show)
{
    json_begin(out, "person");
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_truth(out, ",\"verified\":", (show->marks & PERSON_VERIFIED) != 0);
    json_put_truth(out, ",\"ignored\":", (show->marks & PERSON_IGNORED) != 0);
    json_put_truth(out, ",\"blocked\":", (show->marks & PERSON_BLOCKED) != 0);
}

void json_words(FILE *out, const struct show *show)
{
    json_begin(out, "words");
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_foreign(out, ",\"words\":", show->a);
    json_put_foreign(out, ",\"code\":", show->b);
    json_put_marks(out, show);
}

void json_link(FILE *out, const struct show *show)
{
    json_begin(out, "link");
    json_put_text(out, ",\"state\":", show->up ? "up" : "down");
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_text(out, ",\"address\":", show->address.text);
    json_put_foreign(out, ",\"why\":", show->a);
    json_put_whose(out, show);
    json_put_marks(out, show);
}

void json_member(FILE *out, const struct show *show)
{
    json_begin_in(out, "member", show);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_text(out, ",\"state\":", show->up ? "here" : "gone");
    json_put_whose(out, show);
    if (show->n > 1 || (show->n > 0 && !show->up))
        json_put_number(out, ",\"devices\":", show->n);
    json_put_marks(out, show);
}

void json_namesake(FILE *out, const struct show *show)
{
    json_begin_in(out, "namesake", show);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_id(out, ",\"other\":", &show->who);
    json_put_truth(out, ",\"taken_over\":", show->up);
    json_put_time(out, ",\"met\":", show->n);
}
