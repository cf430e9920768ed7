/* Who is in a private channel, as JSON, and which lines are not part of the talk, or not readable. */
#include "ui/json_private.h"

/* Of whom it is, and by whom. */
static void put_named(FILE *out, const char *event, const struct show *show)
{
    json_begin_in(out, event, show);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_id(out, ",\"id\":", &show->id);
    json_put_id(out, ",\"by\":", &show->who);
    json_put_text(out, ",\"by_nick\":", show->who_nick.text);
    json_put_whose(out, show);
    if (show->text.size > 0)
        json_put_foreign(out, ",\"label\":", show->text);
}

static void put_role(FILE *out, const struct show *show)
{
    static const char *const roles[] = {
        [ROLE_MEMBER] = "member", [ROLE_INVITER] = "inviter", [ROLE_FOUNDER] = "founder"};
    json_put_text(out, ",\"role\":", roles[show->n <= ROLE_FOUNDER ? show->n : ROLE_MEMBER]);
    json_put_truth(out, ",\"history\":", show->n2 != 0);
    json_put_time(out, ",\"time\":", show->wall_ms);
    json_put_truth(out, ",\"own\":", show->own);
}

void json_invitation(FILE *out, const struct show *show)
{
    json_begin_in(out, "invitation", show);
    json_put_id(out, ",\"by\":", &show->who);
    json_put_text(out, ",\"by_nick\":", show->who_nick.text);
    json_put_truth(out, ",\"new\":", show->up);
    json_put_marks(out, show);
}

void json_admitted(FILE *out, const struct show *show)
{
    put_named(out, "admitted", show);
    put_role(out, show);
    json_put_truth(out, ",\"new\":", show->up);
    if (show->n3 != 0)
        fputs(",\"rise\":true", out);
    json_put_marks(out, show);
}

void json_removed(FILE *out, const struct show *show)
{
    put_named(out, "removed", show);
    json_put_truth(out, ",\"left\":", id_equal(&show->id, &show->who));
    json_put_time(out, ",\"time\":", show->wall_ms);
    json_put_truth(out, ",\"own\":", show->own);
    json_put_truth(out, ",\"new\":", show->up);
    json_put_marks(out, show);
}

void json_role_row(FILE *out, const struct show *show)
{
    put_named(out, "role", show);
    put_role(out, show);
    json_put_truth(out, ",\"here\":", show->up);
    json_put_marks(out, show);
}

void json_closed(FILE *out, const struct show *show)
{
    json_begin_in(out, "closed", show);
    json_put_number(out, ",\"lines\":", show->n);
}

void json_left_out(FILE *out, const struct show *show)
{
    json_begin_in(out, "left_out", show);
    json_put_id(out, ",\"author\":", &show->id);
    json_put_text(out, ",\"nick\":", show->nick.text);
    json_put_number(out, ",\"from\":", show->seq);
    json_put_number(out, ",\"to\":", show->n2);
    json_put_number(out, ",\"lines\":", show->n);
    json_put_marks(out, show);
}
