/* Archive: the file is text, a line a thing:
 *
 *     fika history 1
 *     channel #fika
 *     run BASE64          an ENTRY frame, as on a link (PROTOCOL.md, section 4)
 *
 * It says nothing that is not signed: so a file that was changed on its way brings no entry that its
 * author did not make, and where it is wrong the line is named and left out.
 *
 * 1. What is imported goes through a core, as if a peer had sent it: a run's place, branches and
 *    clocks are judged there alone. The core has no links, so nothing leaves.
 * 2. All is committed at the end of each IMPORT_COMMIT lines; a line that was read twice changes
 *    nothing.
 */
#include "app/archive.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/who.h"
#include "base/check.h"
#include "base/tr.h"
#include "core/core.h"
#include "store/store.h"
#include "ui/json.h"
#include "ui/template.h"
#include "ui/words.h"

#define HEADING       "fika history 1"
#define LINE_ROOM     (LIMIT_FRAME / 3 * 4 + 64)
#define IMPORT_COMMIT 256

struct archive {
    const struct options *options;
    struct id network;
    struct id self;
    struct store *store;
    struct core *core;
    struct persons persons; /* whose device is whose */
    struct arena arena;
    uint64_t lines, taken, wrong;
    bool failed;
};

static int fail(const struct error *error)
{
    char sentence[512];
    error_text(error, sentence, sizeof sentence);
    fprintf(stderr, "fika: %s\n", sentence);
    return 1;
}

static bool open_archive(struct archive *archive, const struct profile *profile,
                         const struct options *options, const struct id *network)
{
    char path[600], aside[700];
    struct error error;
    *archive =
        (struct archive){.options = options, .network = *network, .self = profile->identity.node};
    snprintf(path, sizeof path, "%s/history.db", profile->path);
    archive->store = store_open(path, aside, sizeof aside, &error);
    if (archive->store == NULL) {
        fail(&error);
        return false;
    }
    if (aside[0] != '\0')
        fprintf(stderr, _("fika: the history was damaged; it was put aside as %s\n"), aside);
    arena_init(&archive->arena);
    struct certificate own;
    bool certified;
    if (who_load(&archive->persons, archive->store, profile->path, &archive->self, &archive->arena,
                 &own, &certified, &error) != ERROR_NONE)
        fail(&error); /* the history is there all the same */
    return true;
}

static void close_archive(struct archive *archive)
{
    core_free(archive->core);
    persons_release(&archive->persons);
    store_close(archive->store);
    arena_release(&archive->arena);
}

static bool is_chosen(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->channel_count; i++)
        if (strcmp(options->channels[i].text, name) == 0)
            return true;
    return options->channel_count == 0;
}

/* ---- out ---- */

static void write_run(const struct run *run)
{
    static uint8_t frame[LIMIT_FRAME];
    static char text[LINE_ROOM];
    struct writer w = writer_of(frame, sizeof frame);
    wire_write_entry(&w, run, PART_PUSH);
    CHECK(!w.full);
    sodium_bin2base64(text, sizeof text, frame, w.size, sodium_base64_VARIANT_ORIGINAL);
    printf("run %s\n", text);
}

static void write_messages(struct archive *archive, const struct channel_name *channel,
                           const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct entry *entry = &run->entries[i];
        struct entry edit;
        struct bytes nick;
        struct show show;
        struct id id;
        uint64_t seq;
        uint8_t list[REACTIONS_BYTES];
        store_read_sealed(archive->store, entry, &archive->arena);
        if (!show_entry(&show, channel, entry, &archive->self, VIA_STORED, clock_wall_ms()))
            continue;
        bool good = who_is_good(&archive->persons, archive->store, entry);
        show.person = *(good ? persons_once : persons_root)(&archive->persons, &entry->author);
        show.marks = good ? 0 : PERSON_REVOKED;
        if (store_edited(archive->store, &entry->channel, &entry->author, entry->seq, &entry->id,
                         &archive->arena, &edit) &&
            (!good || who_is_good(&archive->persons, archive->store, &edit)))
            show.edited = entry_edits(&edit, &seq, &id, &nick, &show.text);
        show.b = (struct bytes){list, store_reactions(archive->store, entry, &archive->self, list)};
        json_show(stdout, &show, "");
    }
}

/* Log by log, each run after the one that it follows; who reads JSON sorts it by (lamport, author,
 * seq) where the order matters. */
static void export_channel(struct archive *archive, const struct channel_name *channel,
                           const struct id *id)
{
    struct log_load load;
    struct run run;
    if (archive->options->face != FACE_JSON)
        printf("channel %s\n", channel->text);
    for (uint32_t log = 0; store_log(archive->store, id, log, &load); log++) {
        uint64_t above = 0;
        for (;;) {
            arena_reset(&archive->arena);
            if (!store_run_at(archive->store, id, &load.author, load.branch, above, &archive->arena,
                              &run))
                break;
            above = run.entries[run.count - 1].seq;
            if (archive->options->face == FACE_JSON)
                write_messages(archive, channel, &run);
            else
                write_run(&run);
        }
    }
}

int archive_export(const struct profile *profile, const struct options *options,
                   const struct id *network)
{
    struct archive archive;
    struct channel_name channel;
    struct id id;
    uint64_t lamport;
    if (!open_archive(&archive, profile, options, network))
        return 1;
    if (options->face != FACE_JSON)
        puts(HEADING);
    for (size_t i = 0; store_channel(archive.store, i, &channel, &id, &lamport); i++)
        if (is_chosen(options, channel.text)) {
            struct id expected;
            bool sealed = direct_name_ok(channel.text) ||
                          store_group_named(archive.store, network, &channel, &expected);
            if (!store_channel_id(archive.store, network, &channel, &expected) ||
                !id_equal(&id, &expected))
                continue;
            if (sealed && options->face != FACE_JSON)
                fprintf(stderr,
                        _("fika: %s is left out: its lines are sealed, and this file could not be "
                          "opened by anybody; --json writes them as they read\n"),
                        channel.text);
            else
                export_channel(&archive, &channel, &id);
        }
    close_archive(&archive);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "fika: %s\n", _("what was exported could not be written"));
    return 1;
}

/* ---- in ---- */

static void give(struct archive *archive, struct event event);

static void perform(struct archive *archive, const struct effect *effect, struct event *later)
{
    struct error error;
    struct run run;
    enum entry_part part;
    struct arena arena;
    const struct id *id = &effect->channel_id;
    enum error_code code = ERROR_NONE;
    bool filled[LIMIT_RUN_ENTRIES];
    switch (effect->kind) {
    case EFFECT_STORE:
        archive->taken += effect->run.count;
        code = store_append(archive->store, &effect->channel, &effect->load, &effect->run, NULL,
                            &error);
        break;
    case EFFECT_SPLIT:
        code = store_split(archive->store, &effect->channel, id, &effect->load, &effect->load2,
                           effect->number, &error);
        break;
    case EFFECT_PUT:
        code = store_put(archive->store, &effect->channel, id, &effect->load, &error);
        break;
    case EFFECT_NAME: /* it was carried for others until now */
        code = store_name(archive->store, id, &effect->channel, &error);
        break;
    case EFFECT_SIFT:
        arena_init(&arena);
        CHECK(wire_read_entry(effect->frame, &arena, &run, &part));
        *later =
            (struct event){.kind = EVENT_SIFTED, .link = effect->link, .number = effect->number};
        later->frame = (struct bytes){
            arena_copy(&archive->arena, effect->frame.at, effect->frame.size), effect->frame.size};
        store_sift(archive->store, &run, &later->sifted);
        arena_release(&arena);
        break;
    case EFFECT_FILL:
        code = store_fill(archive->store, &effect->run, NULL, filled, &error);
        for (size_t i = 0; code == ERROR_NONE && i < effect->run.count; i++)
            archive->taken += filled[i];
        break;
    default: break; /* it has no links, faces or addresses */
    }
    if (code == ERROR_NONE)
        return;
    fail(&error);
    archive->failed = true;
}

static void give(struct archive *archive, struct event event)
{
    for (bool more = true; more && !archive->failed;) {
        struct event later = {.kind = EVENT_TICK};
        const struct effect *effect;
        event.now_us = clock_now_us();
        event.wall_ms = clock_wall_ms();
        core_step(archive->core, &event);
        while ((effect = core_next(archive->core)) != NULL && !archive->failed)
            perform(archive, effect, &later);
        more = later.kind == EVENT_SIFTED;
        event = later;
    }
}

static void load_core(struct archive *archive, const struct profile *profile)
{
    struct core_config config = {.identity = profile->identity,
                                 .network = archive->network,
                                 .carry_bytes = UINT64_MAX}; /* nothing is let go of by this */
    struct event event = {.kind = EVENT_LOAD_CHANNEL};
    struct store_carried carried;
    struct id id;
    randombytes_buf(config.process.b, sizeof config.process.b);
    randombytes_buf(config.seed, sizeof config.seed);
    randombytes_buf(config.random, sizeof config.random);
    archive->core = core_new(&config);
    sodium_memzero(&config.identity, sizeof config.identity);
    for (size_t i = 0; store_channel(archive->store, i, &event.channel, &id, &event.lamport); i++) {
        struct id open = channel_id(&archive->network, event.channel.text);
        if (!channel_name_ok(event.channel.text) || !id_equal(&id, &open))
            continue; /* a direct or private one: none is imported */
        give(archive, event);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel = event.channel};
        for (size_t k = 0; store_log(archive->store, &id, k, &log.load); k++)
            give(archive, log);
    }
    for (size_t i = 0; store_carried_at(archive->store, i, &carried); i++) {
        struct event log = {.kind = EVENT_LOAD_LOG, .channel_id = carried.channel};
        give(archive, (struct event){.kind = EVENT_LOAD_CHANNEL,
                                     .channel_id = carried.channel,
                                     .node = carried.asker,
                                     .number = carried.bytes});
        for (size_t k = 0; store_log(archive->store, &carried.channel, k, &log.load); k++)
            give(archive, log);
    }
}

/* False when it is no run of the channel that was named last. */
static bool take_run(struct archive *archive, const char *text, const struct channel_name *channel)
{
    static uint8_t frame[LIMIT_FRAME];
    size_t size;
    struct run run;
    enum entry_part part;
    struct id id = channel_id(&archive->network, channel->text);
    if (sodium_base642bin(frame, sizeof frame, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    arena_reset(&archive->arena);
    if (!wire_read_entry((struct bytes){frame, size}, &archive->arena, &run, &part))
        return false;
    const struct entry *last = &run.entries[run.count - 1];
    if (!id_equal(&last->channel, &id) || !entry_verify(last, &run.signature))
        return false;
    give(archive, (struct event){.kind = EVENT_IMPORT, .frame = {frame, size}});
    return true;
}

static bool take_channel(struct archive *archive, const char *name, struct channel_name *channel)
{
    struct event join = {.kind = EVENT_REQUEST, .request = {.kind = REQUEST_JOIN}};
    memset(channel, 0, sizeof *channel);
    if (strlen(name) > LIMIT_CHANNEL || !channel_name_ok(name))
        return false;
    strcpy(channel->text, name);
    join.request.channel = *channel;
    if (is_chosen(archive->options, name))
        give(archive, join);
    return true;
}

static void take_line(struct archive *archive, const char *line, struct channel_name *channel)
{
    bool good;
    if (strncmp(line, "channel ", 8) == 0)
        good = take_channel(archive, line + 8, channel);
    else if (strncmp(line, "run ", 4) == 0)
        good = channel->text[0] != '\0' && (!is_chosen(archive->options, channel->text) ||
                                            take_run(archive, line + 4, channel));
    else
        good = line[0] == '\0' || strcmp(line, HEADING) == 0;
    if (!good && archive->wrong++ < 10)
        fprintf(stderr, _("fika: line %llu of the file is not what fika wrote; it is left out\n"),
                (unsigned long long)archive->lines);
}

int archive_import(const struct profile *profile, const struct options *options,
                   const struct id *network)
{
    static char line[LINE_ROOM];
    struct archive archive;
    struct channel_name channel = {{0}};
    struct error error;
    if (!open_archive(&archive, profile, options, network))
        return 1;
    load_core(&archive, profile);
    while (!archive.failed && fgets(line, sizeof line, stdin) != NULL) {
        archive.lines++;
        line[strcspn(line, "\r\n")] = '\0';
        take_line(&archive, line, &channel);
        if (archive.lines % IMPORT_COMMIT == 0 &&
            store_commit(archive.store, &error) != ERROR_NONE) {
            fail(&error);
            archive.failed = true;
        }
    }
    if (!archive.failed && store_commit(archive.store, &error) != ERROR_NONE) {
        fail(&error);
        archive.failed = true;
    }
    char text[WORDS_MAX];
    template_number(
        text, sizeof text,
        archive.wrong > 0
            ? _("fika: {n} {n|line was|lines were} new; some of the file was not what fika wrote")
            : _("fika: {n} {n|line was|lines were} new"),
        archive.taken);
    fprintf(stderr, "%s\n", text);
    close_archive(&archive);
    return archive.failed || archive.wrong > 0;
}
