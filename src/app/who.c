/* Who: devices, out of the profile's own papers and out of the history. */
#include "app/who.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "store/papers.h"
#include "store/vault.h"
#include "ui/json.h"

#define DIGITS_LEAST 4

struct who_text who_hex(const struct id *id)
{
    struct who_text hex;
    hex_of(hex.text, id->b, sizeof id->b);
    return hex;
}

struct who_text who_label(const struct certificate *certificate)
{
    struct who_text label;
    text_tame(label.text, sizeof label.text, certificate->label, strlen(certificate->label),
              TAME_LINE);
    return label;
}

bool who_names(const struct id *id, const char *digits)
{
    struct who_text hex = who_hex(id);
    size_t size = strlen(digits);
    return size >= DIGITS_LEAST && size < sizeof hex.text &&
           strncasecmp(hex.text, digits, size) == 0;
}

/* How it may be meant, in this order: what is revoked already hardly is. */
enum meant { BY_LABEL, BY_DIGITS, REVOKED, MEANT };

static bool is_meant(const struct device *device, const char *name, enum meant how)
{
    bool label = strcasecmp(who_label(&device->certificate).text, name) == 0;
    bool digits = who_names(&device->certificate.device, name);
    if (how == REVOKED)
        return device->revoked && (label || digits);
    return !device->revoked && (how == BY_LABEL ? label : digits);
}

const struct device *who_device(const struct persons *persons, const struct id *root,
                                const char *name, size_t *count)
{
    const struct device *device, *found = NULL;
    *count = 0;
    for (int how = BY_LABEL; how < MEANT && *count == 0; how++)
        for (size_t i = 0; (device = persons_at(persons, root, i)) != NULL; i++)
            if (is_meant(device, name, (enum meant)how)) {
                found = device;
                ++*count;
            }
    return *count == 1 ? found : NULL;
}

/* ---- loading ---- */

enum error_code who_load(struct persons *persons, struct store *store, const char *directory,
                         const struct id *self, struct arena *arena, struct certificate *own,
                         bool *certified, struct error *error)
{
    uint8_t key[16], body[DEVICE_BODY_MAX];
    struct said_device *said;
    struct paper *papers;
    size_t count;
    struct id device;
    randombytes_buf(key, sizeof key);
    persons_init(persons, key);
    enum error_code code = papers_revoked(directory, &papers, &count, error);
    for (size_t i = 0; i < count; i++)
        persons_take(persons, &papers[i].channel, self,
                     (struct bytes){papers[i].body, papers[i].size}, &device);
    free(papers);
    if (code == ERROR_NONE)
        code = papers_own(directory, self, own, certified, error);
    if (code == ERROR_NONE && *certified)
        persons_take(persons, self, self, (struct bytes){body, certificate_write(body, own)},
                     &device);
    count = store_devices(store, arena, &said);
    for (size_t i = 0; i < count; i++)
        persons_take(persons, &said[i].channel, &said[i].author, said[i].body, &device);
    return code;
}

/* The first own line, in any channel: some place in the file was written anew since. */
static void look_at_lines(struct who *who, const struct id *self)
{
    struct channel_name name;
    struct id id;
    uint64_t lamport;
    for (size_t i = 0; store_channel(who->store, i, &name, &id, &lamport); i++) {
        struct run run;
        arena_reset(&who->arena);
        if (!store_run_at(who->store, &id, self, 0, 0, &who->arena, &run) || run.count == 0)
            continue;
        who->spoke = true;
        if (run.entries[0].wall_ms < who->since_ms)
            who->since_ms = run.entries[0].wall_ms;
    }
}

enum error_code who_open(struct who *who, const struct profile *profile, struct error *error)
{
    char path[600], aside[700];
    struct stat status;
    const struct id *self = &profile->identity.node;
    memset(who, 0, sizeof *who);
    arena_init(&who->arena);
    snprintf(path, sizeof path, "%s/identity", profile->path);
    who->since_ms = stat(path, &status) == 0 ? (uint64_t)status.st_mtime * 1000 : 0;
    snprintf(path, sizeof path, "%s/history.db", profile->path);
    who->store = store_open(path, aside, sizeof aside, error);
    if (who->store == NULL)
        return error->code;
    enum error_code code = who_load(&who->persons, who->store, profile->path, self, &who->arena,
                                    &who->own, &who->certified, error);
    who->root = who->certified ? who->own.root : *self;
    snprintf(who->root_nick, sizeof who->root_nick, "%.8s", who_hex(&who->root).text);
    look_at_lines(who, self);
    return code;
}

void who_close(struct who *who)
{
    if (who->store != NULL)
        store_close(who->store);
    persons_release(&who->persons);
    arena_release(&who->arena);
    who->store = NULL;
}

/* ---- a lost device ---- */

bool who_is_good(const struct persons *persons, struct store *store, const struct entry *entry)
{
    const struct device *device = persons_device(persons, &entry->author);
    if (device == NULL || !device->revoked)
        return true;
    const struct revocation *revocation =
        persons_revocation(persons, &entry->author, &entry->channel);
    for (size_t i = 0; revocation != NULL && i < revocation->count; i++)
        if (store_below(store, entry, revocation->heads[i].seq, &revocation->heads[i].tip))
            return true;
    return false;
}

static void add_head(struct revocation *made, uint64_t seq, const struct id *tip)
{
    if (seq == 0 || made->count == LIMIT_BRANCHES)
        return;
    made->heads[made->count].seq = seq;
    made->heads[made->count++].tip = *tip;
}

size_t who_revokes(struct store *store, const struct device *device, const struct identity *root,
                   uint64_t wall_ms, struct revocation *made, size_t most)
{
    struct channel_name name;
    struct id id;
    uint64_t lamport;
    size_t count = 1;
    made[0] = (struct revocation){.certificate = device->certificate, .number = wall_ms};
    revocation_sign(&made[0], root);
    for (size_t i = 0; count < most && store_channel(store, i, &name, &id, &lamport); i++) {
        struct revocation *here = &made[count];
        struct log_load load;
        *here = (struct revocation){
            .certificate = device->certificate, .channel = id, .number = wall_ms};
        for (size_t k = 0; store_log(store, &id, k, &load); k++) {
            if (!id_equal(&load.author, &device->certificate.device) || load.rootless)
                continue;
            add_head(here, load.seq, &load.tip);
            if (load.span_from != 0)
                add_head(here, load.span_to, &load.span_tip);
        }
        if (here->count == 0)
            continue; /* what is for all says the same */
        revocation_sign(here, root);
        count++;
    }
    return count;
}

/* ---- showing ---- */

struct row {
    struct id id;
    struct who_text label; /* "": the root */
    uint64_t since_ms;
    bool self, root, revoked;
};

static void day_of(uint64_t wall_ms, char out[32])
{
    time_t at = (time_t)(wall_ms / 1000);
    struct tm tm;
    if (localtime_r(&at, &tm) == NULL || strftime(out, 32, "%Y-%m-%d %H:%M", &tm) == 0)
        out[0] = '\0';
}

static void print_row(const struct row *row)
{
    char day[32];
    day_of(row->since_ms, day);
    printf("  %.8s  %-16s  %-16s%s%s\n", who_hex(&row->id).text,
           row->root ? _("(first key)") : row->label.text, row->since_ms != 0 ? day : "",
           row->self ? _("  this one") : "", row->revoked ? _("  revoked") : "");
}

static void json_row(const struct row *row, bool first)
{
    char label[6 * sizeof row->label.text + 3];
    size_t size = json_string(label, row->label.text, strlen(row->label.text));
    printf("%s{\"id\":\"%s\",\"label\":%.*s,\"since\":%llu,\"this\":%s,\"root\":%s,\"revoked\":%s}",
           first ? "" : ",", who_hex(&row->id).text, (int)size, label,
           (unsigned long long)row->since_ms, row->self ? "true" : "false",
           row->root ? "true" : "false", row->revoked ? "true" : "false");
}

static bool row_at(const struct profile *profile, const struct who *who, size_t index,
                   struct row *row)
{
    *row = (struct row){.id = who->root, .root = true};
    if (index > 0) {
        const struct device *device = persons_at(&who->persons, &who->root, index - 1);
        if (device == NULL)
            return false;
        *row = (struct row){.id = device->certificate.device,
                            .since_ms = device->certificate.number,
                            .revoked = device->revoked};
        row->label = who_label(&device->certificate);
    }
    row->self = id_equal(&row->id, &profile->identity.node);
    if (row->self && row->root)
        row->since_ms = who->since_ms;
    return true;
}

static void show_json(const struct profile *profile, const struct who *who)
{
    char nick[6 * LIMIT_NICK + 3], name[6 * sizeof profile->name];
    struct row row;
    size_t nick_size = json_string(nick, profile->nick.text, strlen(profile->nick.text));
    size_t name_size = json_string(name, profile->name, strlen(profile->name));
    printf("{\"event\":\"identity\",\"id\":\"%s\",", who_hex(&profile->identity.node).text);
    printf("\"person\":\"%s\",\"profile\":%.*s,\"nick\":%.*s,\"since\":%llu,\"passphrase\":%s,"
           "\"devices\":[",
           who_hex(&who->root).text, (int)name_size, name, (int)nick_size, nick,
           (unsigned long long)who->since_ms, vault_is_open() ? "true" : "false");
    for (size_t i = 0; row_at(profile, who, i, &row); i++)
        json_row(&row, i == 0);
    puts("]}");
}

enum error_code who_show(const struct profile *profile, const struct who *who, bool json,
                         struct error *error)
{
    char day[32];
    struct row row;
    if (json) {
        show_json(profile, who);
    } else {
        day_of(who->since_ms, day);
        printf("%s %s\n", _("identity"), who_hex(&profile->identity.node).text);
        printf(_("profile %s, nick %s, since %s\n"), profile->name, profile->nick.text, day);
        puts(vault_is_open() ? _("under a passphrase")
                             : _("without a passphrase; fika --lock gives it one"));
        puts(_("devices:"));
        for (size_t i = 0; row_at(profile, who, i, &row); i++)
            print_row(&row);
    }
    return fflush(stdout) == 0 ? ERROR_NONE : error_set(error, ERROR_FILE, "stdout");
}
