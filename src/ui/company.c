/* Company: a list of nicks, by channel, the one who spoke last first.
 *
 * Pages of older lines come in any order, so who spoke last is told by the clock of the order, not
 * by arrival; a classic line has none and counts as said just now. */
#include "ui/company.h"

#include <string.h>
#include <strings.h>

static size_t find(const struct company *company, const char *channel, const char *nick)
{
    size_t i = 0;
    while (i < company->count && (strcmp(company->members[i].nick.text, nick) != 0 ||
                                  strcmp(company->members[i].channel.text, channel) != 0))
        i++;
    return i;
}

static void take_out(struct company *company, size_t at)
{
    company->count--;
    memmove(company->members + at, company->members + at + 1,
            (company->count - at) * sizeof *company->members);
}

/* Keeps the list sorted: later speakers stand before earlier ones. */
static void put(struct company *company, struct member member)
{
    size_t at = 0;
    if (company->count == COMPANY_MAX)
        company->count--;
    while (at < company->count && company->members[at].spoke > member.spoke)
        at++;
    memmove(company->members + at + 1, company->members + at,
            (company->count - at) * sizeof *company->members);
    company->members[at] = member;
    company->count++;
}

static void note(struct company *company, const char *channel, const char *nick, uint64_t spoke)
{
    struct member member = {.spoke = spoke};
    size_t at = find(company, channel, nick);
    if (nick[0] == '\0')
        return;
    strcpy(member.channel.text, channel);
    strcpy(member.nick.text, nick);
    if (at < company->count) {
        if (company->members[at].spoke >= spoke)
            return;
        take_out(company, at);
    }
    put(company, member);
}

static void show_message(struct company *company, const struct show *show)
{
    uint64_t spoke = show->adrift ? 1 : show->lamport;
    if (show->own)
        return;
    if (show->via == VIA_CLASSIC)
        spoke = company->count > 0 ? company->members[0].spoke : 1;
    note(company, show->channel.text, show->nick.text, spoke);
}

static void show_member(struct company *company, const struct show *show)
{
    size_t at = find(company, show->channel.text, show->nick.text);
    if (show->up)
        note(company, show->channel.text, show->nick.text, 0);
    else if (at < company->count && company->members[at].spoke == 0)
        take_out(company, at);
}

/* Who is in a private channel is there, whether he speaks or not. */
static void show_in(struct company *company, const struct show *show, bool in)
{
    size_t at = find(company, show->channel.text, show->nick.text);
    if (in && !show->own)
        note(company, show->channel.text, show->nick.text, 0);
    else if (!in && show->text.size == 0 && at < company->count) /* not a device alone */
        take_out(company, at);
}

/* The next line of a list, as a name; false at its end. */
static bool next_name(struct bytes *list, struct channel_name *name)
{
    while (list->size > 0) {
        const uint8_t *end = memchr(list->at, '\n', list->size);
        size_t size = end == NULL ? list->size : (size_t)(end - list->at);
        bool fits = size > 0 && size <= LIMIT_CHANNEL;
        if (fits) {
            memcpy(name->text, list->at, size);
            name->text[size] = '\0';
        }
        size += end != NULL;
        list->at += size;
        list->size -= size;
        if (fits)
            return true;
    }
    return false;
}

static void uninvited(struct company *company, const char *channel)
{
    for (size_t i = company->invited_count; i > 0; i--)
        if (strcmp(company->invited[i - 1].text, channel) == 0) {
            company->invited_count--;
            memmove(company->invited + i - 1, company->invited + i,
                    (company->invited_count - i + 1) * sizeof *company->invited);
        }
}

static void show_current(struct company *company, const struct show *show)
{
    struct channel_name name;
    struct bytes joined = show->text, private = show->a;
    company->joined_count = 0;
    while (company->joined_count < LIMIT_CHANNELS && next_name(&joined, &name)) {
        company->group[company->joined_count] = false;
        company->joined[company->joined_count++] = name;
        uninvited(company, name.text);
    }
    while (next_name(&private, &name))
        for (size_t i = 0; i < company->joined_count; i++)
            if (strcmp(company->joined[i].text, name.text) == 0)
                company->group[i] = true;
}

static void show_invitation(struct company *company, const struct show *show)
{
    uninvited(company, show->channel.text);
    if (company->invited_count == COMPANY_INVITED_MAX)
        uninvited(company, company->invited[0].text);
    company->invited[company->invited_count++] = show->channel;
}

/* An invitation to that was taken, or declined. */
static void show_answered(struct company *company, struct bytes told)
{
    struct channel_name name;
    if (next_name(&told, &name))
        uninvited(company, name.text);
}

static bool is_nick(const struct nick *nick, struct bytes said)
{
    return strlen(nick->text) == said.size && memcmp(nick->text, said.at, said.size) == 0;
}

static void rename_all(struct company *company, struct bytes old, struct bytes new)
{
    for (size_t i = 0; old.size > 0 && new.size <= LIMIT_NICK &&i < company->count; i++)
        if (is_nick(&company->members[i].nick, old)) {
            memcpy(company->members[i].nick.text, new.at, new.size);
            company->members[i].nick.text[new.size] = '\0';
        }
}

void company_show(struct company *company, const struct show *show)
{
    if (show->kind == SHOW_MESSAGE)
        show_message(company, show);
    else if (show->kind == SHOW_MEMBER)
        show_member(company, show);
    else if (show->kind == SHOW_CURRENT)
        show_current(company, show);
    else if (show->kind == SHOW_TOLD && show->told == TOLD_NICK_OTHER)
        rename_all(company, show->a, show->b);
    else if (show->kind == SHOW_ADMITTED || show->kind == SHOW_ROLE_ROW)
        show_in(company, show, true);
    else if (show->kind == SHOW_REMOVED)
        show_in(company, show, false);
    else if (show->kind == SHOW_INVITATION)
        show_invitation(company, show);
    else if (show->kind == SHOW_TOLD && show->told == TOLD_DECLINED)
        show_answered(company, show->a);
    else if (show->kind == SHOW_TOLD && show->told == TOLD_JOINED_PRIVATE)
        show_answered(company, show->b);
}

bool company_is_private(const struct company *company, const char *channel)
{
    for (size_t i = 0; i < company->joined_count; i++)
        if (strcmp(company->joined[i].text, channel) == 0)
            return company->group[i];
    return false;
}

const char *company_nick(const struct company *company, const char *channel, const char *start,
                         size_t size, size_t n)
{
    for (size_t i = 0; i < company->count; i++) {
        const struct member *member = &company->members[i];
        if ((channel == NULL || strcmp(member->channel.text, channel) == 0) &&
            strncasecmp(member->nick.text, start, size) == 0 && n-- == 0)
            return member->nick.text;
    }
    return NULL;
}
