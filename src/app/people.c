/* People: identities, the names that they were met under, and what was decided of them.
 *
 *     ID MARKS NICK        a line for each name, in the order in which they were met
 *
 * MARKS are letters (v verified, i ignored, b blocked), or "-". A name is anybody's choice, an identity is not: so
 * who was met first under a name has it here, and who comes later under the same, or one that looks the same, is
 * said to be another. Who is verified has his names, whoever was first.
 *
 * 1. What was met is never let go to make room: else who makes identities by the thousand could have others
 *    forgotten. At the bound new names are compared with the old ones, and not kept.
 * 2. Names of those who are ignored or blocked are nobody's: an impostor who was there first does not keep them.
 * 3. A judgement holds until a decision changes: names that come later never change it. */
#include "app/people.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"
#include "store/files.h"

#define LINE_BYTES   (ID_HEX_SIZE + 5 + LIMIT_NICK + 1)
#define FILE_BYTES   ((size_t)(PEOPLE_NAMES_MAX + PEOPLE_SPARE) * LINE_BYTES + 1)
#define DIGITS_LEAST 8 /* that stand for themselves */

static const struct {
    uint8_t mark;
    char letter;
} LETTERS[] = {{PERSON_VERIFIED, 'v'}, {PERSON_IGNORED, 'i'}, {PERSON_BLOCKED, 'b'}};
#define LETTERS_COUNT (sizeof LETTERS / sizeof *LETTERS)

static struct acquaintance *find(const struct people *people, const struct id *id)
{
    uint32_t at = table_get(&people->table, id);
    return at == TABLE_NONE ? NULL : &people->list[at];
}

static struct acquaintance *add(struct people *people, const struct id *id, size_t most)
{
    struct acquaintance *person = find(people, id);
    if (person != NULL || people->count >= most)
        return person;
    people->list = grown(people->list, people->count, &people->room, sizeof *people->list);
    table_put(&people->table, id, (uint32_t)people->count);
    person = &people->list[people->count++];
    *person = (struct acquaintance){.id = *id, .first = TABLE_NONE, .latest = TABLE_NONE};
    return person;
}

static uint32_t name_of(const struct people *people, const struct acquaintance *person,
                        const struct nick *nick)
{
    uint32_t at = person->first;
    while (at != TABLE_NONE && strcmp(people->names[at].nick.text, nick->text) != 0)
        at = people->names[at].next;
    return at;
}

static uint32_t add_name(struct people *people, struct acquaintance *person,
                         const struct nick *nick)
{
    if (people->name_count == PEOPLE_NAMES_MAX || person->names == PEOPLE_NAMES_OF)
        return TABLE_NONE;
    people->names =
        grown(people->names, people->name_count, &people->name_room, sizeof *people->names);
    uint32_t at = (uint32_t)people->name_count++;
    people->names[at] =
        (struct person_name){.nick = *nick,
                             .skeleton = skeleton_of(nick->text, strlen(nick->text)),
                             .whose = (uint32_t)(person - people->list),
                             .next = person->first};
    person->first = at;
    person->names++;
    people->changed = true;
    return at;
}

void people_meet(struct people *people, const struct id *id, const struct nick *nick, bool now)
{
    struct acquaintance *person = nick_ok(nick->text) ? add(people, id, PEOPLE_MAX) : NULL;
    if (person == NULL)
        return;
    if (person->latest != TABLE_NONE &&
        strcmp(people->names[person->latest].nick.text, nick->text) == 0)
        return; /* nearly always */
    uint32_t name = name_of(people, person, nick);
    if (name == TABLE_NONE)
        name = add_name(people, person, nick);
    if (name != TABLE_NONE && (now || person->latest == TABLE_NONE))
        person->latest = name;
}

uint8_t people_marks(const struct people *people, const struct id *id)
{
    const struct acquaintance *person = find(people, id);
    return person == NULL ? 0 : person->marks;
}

/* Devices of one person have one name; and had, those that were revoked. */
static bool is_same(const struct people *people, const struct id *one, const struct id *other)
{
    if (people->persons == NULL)
        return id_equal(one, other);
    return persons_same(people->persons, one, other);
}

/* Of a name that is the `at`th, or not kept (TABLE_NONE). */
static enum clash compare(const struct people *people, const struct skeleton *skeleton,
                          const struct id *id, uint32_t at, uint32_t *like)
{
    enum clash clash = CLASH_NONE;
    for (uint32_t i = 0; i < people->name_count; i++) {
        const struct person_name *other = &people->names[i];
        const struct acquaintance *whose = &people->list[other->whose];
        bool verified = (whose->marks & PERSON_VERIFIED) != 0;
        if ((!verified && (clash != CLASH_NONE || i >= at || whose->marks != 0)) ||
            !skeleton_looks_like(&other->skeleton, skeleton) || is_same(people, &whose->id, id))
            continue;
        *like = i;
        if (verified)
            return CLASH_VERIFIED;
        clash = skeleton_same_name(&other->skeleton, skeleton) ? CLASH_HELD : CLASH_LOOKS;
    }
    return clash;
}

enum clash people_judge(struct people *people, const struct id *id, const struct nick *nick,
                        struct nick *like)
{
    const struct acquaintance *person = find(people, id);
    uint32_t at = TABLE_NONE, like_at = 0;
    enum clash clash;
    if (is_same(people, id, &people->self) ||
        (person != NULL && (person->marks & PERSON_VERIFIED) != 0))
        return CLASH_NONE;
    if (person != NULL)
        at = person->latest != TABLE_NONE &&
                     strcmp(people->names[person->latest].nick.text, nick->text) == 0
                 ? person->latest
                 : name_of(people, person, nick);
    if (at == TABLE_NONE) {
        struct skeleton skeleton = skeleton_of(nick->text, strlen(nick->text));
        clash = compare(people, &skeleton, id, TABLE_NONE, &like_at);
    } else {
        struct person_name *name = &people->names[at];
        if (name->judged != people->decisions)
            name->clash = compare(people, &name->skeleton, id, at, &name->like);
        name->judged = people->decisions;
        clash = name->clash;
        like_at = name->like;
    }
    if (clash != CLASH_NONE)
        *like = people->names[like_at].nick;
    return clash;
}

/* ---- who is meant ---- */

static bool begins_so(const struct id *id, struct bytes digits)
{
    char hex[ID_HEX_SIZE];
    hex_of(hex, id->b, sizeof id->b);
    for (size_t i = 0; i < digits.size; i++) {
        char digit = (char)digits.at[i];
        if (digit >= 'A' && digit <= 'F')
            digit = (char)(digit + 32);
        if (i >= ID_HEX_SIZE - 1 || hex[i] != digit)
            return false;
    }
    return true;
}

enum match { MATCH_NOW, MATCH_EVER, MATCH_ANY_CASE, MATCH_DIGITS, MATCHES };

static bool is_named(const struct people *people, const struct acquaintance *person,
                     const struct nick *nick, const struct skeleton *skeleton, enum match match)
{
    if (match == MATCH_NOW)
        return person->latest != TABLE_NONE &&
               strcmp(people->names[person->latest].nick.text, nick->text) == 0;
    for (uint32_t at = person->first; at != TABLE_NONE; at = people->names[at].next)
        if (match == MATCH_EVER ? strcmp(people->names[at].nick.text, nick->text) == 0
                                : skeleton_same_name(&people->names[at].skeleton, skeleton))
            return true;
    return false;
}

/* What is meant is the person. */
static void add_found(const struct people *people, const struct id *id,
                      struct id found[PEOPLE_FOUND_MAX], size_t *count)
{
    const struct id *root = people->persons != NULL ? persons_root(people->persons, id) : id;
    for (size_t i = 0; i < *count && i < PEOPLE_FOUND_MAX; i++)
        if (id_equal(&found[i], root))
            return;
    if (*count < PEOPLE_FOUND_MAX)
        found[*count] = *root;
    ++*count;
}

/* "nick digits", or a nick alone, which is empty when it is too long for one. */
static struct nick take_apart(struct bytes typed, struct bytes *digits)
{
    struct nick nick = {{0}};
    const uint8_t *space = typed.size > 0 ? memchr(typed.at, ' ', typed.size) : NULL;
    size_t size = space != NULL ? (size_t)(space - typed.at) : typed.size;
    *digits = (struct bytes){typed.at + size, typed.size - size};
    while (digits->size > 0 && digits->at[0] == ' ')
        *digits = (struct bytes){digits->at + 1, digits->size - 1};
    if (size > 0 && size <= LIMIT_NICK)
        memcpy(nick.text, typed.at, size);
    return nick;
}

bool people_is_self(const struct people *people, struct bytes typed, const struct nick *own)
{
    struct bytes digits;
    struct nick nick = take_apart(typed, &digits);
    struct skeleton said = skeleton_of(nick.text, strlen(nick.text));
    struct skeleton name = skeleton_of(own->text, strlen(own->text));
    if (typed.size >= DIGITS_LEAST && begins_so(&people->self, typed))
        return true;
    return nick.text[0] != '\0' && skeleton_same_name(&said, &name) &&
           begins_so(&people->self, digits);
}

size_t people_find(const struct people *people, struct bytes typed,
                   struct id found[PEOPLE_FOUND_MAX])
{
    struct bytes digits;
    struct nick nick = take_apart(typed, &digits);
    size_t count = 0;
    struct skeleton skeleton = skeleton_of(nick.text, strlen(nick.text));
    for (int match = nick.text[0] != '\0' ? MATCH_NOW : MATCH_DIGITS; match < MATCHES && count == 0;
         match++) {
        if (match == MATCH_DIGITS && (digits.size > 0 || typed.size < DIGITS_LEAST))
            break;
        for (size_t i = 0; i < people->count; i++) {
            const struct acquaintance *person = &people->list[i];
            bool meant = match == MATCH_DIGITS
                             ? begins_so(&person->id, typed)
                             : is_named(people, person, &nick, &skeleton, (enum match)match) &&
                                   begins_so(&person->id, digits);
            if (meant && !id_equal(&person->id, &people->self))
                add_found(people, &person->id, found, &count);
        }
    }
    return count;
}

struct nick people_nick_own(const struct people *people, const struct id *id)
{
    const struct acquaintance *person = find(people, id);
    struct nick nick = {""};
    return person == NULL || person->latest == TABLE_NONE ? nick
                                                          : people->names[person->latest].nick;
}

struct nick people_nick(const struct people *people, const struct id *id)
{
    struct nick nick = people_nick_own(people, id);
    const struct device *device;
    for (size_t i = 0; nick.text[0] == '\0' && people->persons != NULL &&
                       (device = persons_at(people->persons, id, i)) != NULL;
         i++)
        nick = people_nick_own(people, &device->certificate.device);
    return nick.text[0] != '\0' ? nick : (struct nick){"?"};
}

/* ---- what was decided ---- */

bool people_mark(struct people *people, const struct id *id, uint8_t set, uint8_t unset)
{
    struct acquaintance *person = add(people, id, PEOPLE_MAX + PEOPLE_SPARE);
    if (person == NULL)
        return false;
    uint8_t marks = (uint8_t)((person->marks & ~unset) | set);
    if (marks == person->marks)
        return true;
    person->marks = marks;
    people->decisions++;
    people->changed = true;
    return true;
}

bool people_marked(const struct people *people, size_t index, uint8_t marks, struct id *id)
{
    for (size_t i = 0; i < people->count; i++) {
        if ((people->list[i].marks & marks) == 0 || index-- > 0)
            continue;
        *id = people->list[i].id;
        return true;
    }
    return false;
}

/* ---- the file ---- */

static void read_line(struct people *people, char *line)
{
    char *save = NULL, *digits = strtok_r(line, " ", &save), *letters = strtok_r(NULL, " ", &save);
    char *name = strtok_r(NULL, " ", &save);
    struct nick nick = {{0}};
    struct id id;
    uint8_t marks = 0;
    if (name == NULL || strlen(name) > LIMIT_NICK || !nick_ok(name) ||
        !hex_read(id.b, sizeof id.b, digits))
        return;
    strcpy(nick.text, name);
    for (size_t i = 0; i < LETTERS_COUNT; i++)
        if (strchr(letters, LETTERS[i].letter) != NULL)
            marks |= LETTERS[i].mark;
    if (marks != 0)
        people_mark(people, &id, marks, 0);
    people_meet(people, &id, &nick, true); /* the last of a person's lines is his last name */
}

void people_open(struct people *people, const char *path, const struct id *self)
{
    uint8_t key[16];
    struct error error;
    bool found;
    memset(people, 0, sizeof *people);
    randombytes_buf(key, sizeof key);
    table_init(&people->table, key);
    people->self = *self;
    people->decisions = 1;
    snprintf(people->path, sizeof people->path, "%s", path);
    char *text = malloc(FILE_BYTES), *save = NULL;
    CHECK(text != NULL);
    if (file_read(path, text, FILE_BYTES, &found, &error) == ERROR_NONE && found)
        for (char *line = strtok_r(text, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save))
            read_line(people, line);
    people->changed = false;
    free(text);
}

void people_release(struct people *people)
{
    table_release(&people->table);
    free(people->list);
    free(people->names);
    people->list = NULL;
    people->names = NULL;
    people->count = people->name_count = 0;
}

static size_t write_line(char *out, const struct acquaintance *person, const char *nick)
{
    char letters[LETTERS_COUNT + 1] = "", hex[ID_HEX_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < LETTERS_COUNT; i++)
        if ((person->marks & LETTERS[i].mark) != 0)
            letters[count++] = LETTERS[i].letter;
    hex_of(hex, person->id.b, sizeof person->id.b);
    int size = snprintf(out, LINE_BYTES + 1, "%s %s %s\n", hex, count > 0 ? letters : "-", nick);
    CHECK(size > 0 && size <= LINE_BYTES);
    return (size_t)size;
}

enum error_code people_save(struct people *people, bool decided, struct error *error)
{
    if (!people->changed)
        return ERROR_NONE;
    char *text = malloc((people->name_count + people->count) * LINE_BYTES + 1);
    size_t size = 0;
    CHECK(text != NULL);
    for (size_t i = 0; i < people->name_count; i++)
        size += write_line(text + size, &people->list[people->names[i].whose],
                           people->names[i].nick.text);
    for (size_t i = 0; i < people->count; i++) /* there was no room for a name of theirs */
        if (people->list[i].first == TABLE_NONE && people->list[i].marks != 0)
            size += write_line(text + size, &people->list[i], "?");
    enum error_code code = decided ? file_replace(people->path, text, size, error)
                                   : file_renew(people->path, text, size, error);
    people->changed = code != ERROR_NONE; /* what failed is tried again */
    free(text);
    return code;
}
