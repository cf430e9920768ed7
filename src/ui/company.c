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

static void show_current(struct company *company, const struct show *show)
{
    company->joined_count = 0;
    for (size_t at = 0; at < show->text.size && company->joined_count < LIMIT_CHANNELS;) {
        const uint8_t *name = show->text.at + at, *end = memchr(name, '\n', show->text.size - at);
        size_t size = end == NULL ? show->text.size - at : (size_t)(end - name);
        if (size > 0 && size <= LIMIT_CHANNEL) {
            struct channel_name *joined = &company->joined[company->joined_count++];
            memcpy(joined->text, name, size);
            joined->text[size] = '\0';
        }
        at += size + 1;
    }
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
