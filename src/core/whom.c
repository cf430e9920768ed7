/* Whom: the nick of a node, and the nodes of a nick, as somebody said it who may be believed. */
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

struct nick whom_nick(struct core *core, const struct id *node)
{
    const struct link *link = link_table_to(&core->links, node, NULL);
    struct nick none = {{0}};
    if (link != NULL)
        return link->nick;
    for (size_t i = 0; i < core->presence.count; i++)
        if (id_equal(&core->presence.list[i].note.node, node))
            return notes_nick(&core->presence.list[i]);
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct log *log = channel_log(&core->channels.list[i], node);
        if (log != NULL && log->nick.text[0] != '\0')
            return log->nick;
    }
    return none;
}

static void append(char *to, size_t room, const char *text)
{
    size_t at = strlen(to), size = strlen(text);
    CHECK(at + size < room);
    memcpy(to + at, text, size + 1);
}

struct channel_name whom_name(struct core *core, const struct id *peer, const struct nick *nick)
{
    struct channel_name name = {"@"};
    char digits[9];
    size_t room = sizeof name.text;
    hex_of(digits, peer->b, 4);
    append(name.text, room, nick->text[0] != '\0' ? nick->text : digits);
    for (char *at = name.text; *at != '\0'; at++)
        if (*at == ',')
            *at = '_';
    if (channel_by_name(&core->channels, name.text) != NULL) {
        append(name.text, room, "~");
        append(name.text, room, digits);
    }
    for (size_t i = 4; channel_by_name(&core->channels, name.text) != NULL && i < 12; i++) {
        hex_of(digits, peer->b + i, 1);
        append(name.text, room, digits);
    }
    return name;
}

/* As it is, or as whom_name() writes it. */
static bool is_called(const char *nick, const char *wanted, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (nick[i] == '\0' || (nick[i] != wanted[i] && (nick[i] != ',' || wanted[i] != '_')))
            return false;
    return nick[size] == '\0';
}

static void add_named(struct core *core, const struct id *node, const char *nick,
                      const char *wanted, struct id found[WHOM_SEVERAL], size_t *count)
{
    char digits[ID_HEX_SIZE];
    const char *tilde = strrchr(wanted, '~');
    size_t nick_size = tilde != NULL ? (size_t)(tilde - wanted) : strlen(wanted);
    hex_of(digits, node->b, sizeof node->b);
    bool named = is_called(nick, wanted, strlen(wanted));
    if (tilde != NULL && strlen(tilde + 1) >= 4)
        named = named || (is_called(nick, wanted, nick_size) &&
                          strncmp(digits, tilde + 1, strlen(tilde + 1)) == 0);
    if (strlen(wanted) >= 8 && strspn(wanted, "0123456789abcdef") == strlen(wanted))
        named = named || strncmp(digits, wanted, strlen(wanted)) == 0;
    if (!named || id_equal(node, &core->config.identity.node))
        return;
    for (size_t i = 0; i < *count; i++)
        if (id_equal(&found[i], node))
            return;
    if (*count < WHOM_SEVERAL)
        found[(*count)++] = *node;
}

size_t whom_find(struct core *core, const char *wanted, struct id found[WHOM_SEVERAL])
{
    size_t count = 0;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state == LINK_UP)
            add_named(core, &link->node, link->nick.text, wanted, found, &count);
    }
    for (size_t i = 0; i < core->presence.count; i++) {
        struct nick nick = notes_nick(&core->presence.list[i]);
        add_named(core, &core->presence.list[i].note.node, nick.text, wanted, found, &count);
    }
    for (size_t i = 0; i < core->channels.count; i++)
        for (size_t k = 0; k < core->channels.list[i].log_count; k++) {
            const struct log *log = &core->channels.list[i].logs[k];
            if (log->proved)
                add_named(core, &log->author, log->nick.text, wanted, found, &count);
        }
    return count;
}

void whom_tell_several(struct core *core, const char *nick, const struct id *found, size_t count)
{
    char names[WHOM_SEVERAL * (LIMIT_CHANNEL + 12)] = "";
    for (size_t i = 0; i < count; i++) {
        char digits[9];
        hex_of(digits, found[i].b, 4);
        append(names, sizeof names, i > 0 ? ", " : "");
        append(names, sizeof names, nick);
        append(names, sizeof names, "~");
        append(names, sizeof names, digits);
    }
    emit_told(core, TOLD_DIRECT_SEVERAL, nick, names, 0);
}
