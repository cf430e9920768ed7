/* The disk of a node of fuzz_core.c: what it is told to keep, and its answers. It is a heap of entries, which knows of prevs and of nothing else. */
#pragma once

#include "../spans.h"
#include "core_sound.h"

/* As the store does: what is held stays, and may get its signature or its body later. */
static bool hold(struct node *node, const struct entry *entry, const struct signature *signature)
{
    struct held *held = (struct held *)held_entry(node, &entry->id);
    if (held == NULL) {
        if (node->held_count == HELD_MAX)
            return false;
        held = &node->held[node->held_count++];
        *held = (struct held){.entry = *entry};
        held->entry.body.at = NULL;
    }
    if (held->entry.body.at == NULL && entry->body.at != NULL) {
        held->body = malloc(entry->body.size + 1);
        CHECK(held->body != NULL);
        if (entry->body.size > 0)
            memcpy(held->body, entry->body.at, entry->body.size);
        held->entry.body = (struct bytes){held->body, entry->body.size};
    }
    if (signature != NULL) {
        held->is_signed = true;
        held->signature = *signature;
    }
    return true;
}

/* How it reads is kept, and looked at. */
static void hold_line(struct node *node, const struct entry *entry, const struct entry *line)
{
    const struct node *other = &nodes[node == nodes];
    struct held *held = (struct held *)held_entry(node, &entry->id);
    const struct held *theirs = held_entry(other, &entry->id);
    if (group_at(node, &entry->channel) != NULL) {
        keep_private_line(node, entry, line);
        return;
    }
    bool own = id_equal(&entry->author, &node->core->config.identity.node);
    bool honest = id_equal(&entry->author, &other->core->config.identity.node);
    line_is_read(node->core, entry, line,
                 honest && theirs != NULL && theirs->line.kind != 0 ? &theirs->line : NULL);
    if (held == NULL || held->line.kind != 0 || entry->kind != ENTRY_SEALED || !own ||
        line->kind == ENTRY_SEALED)
        return;
    held->line = *line;
    held->line_body = malloc(line->body.size + 1);
    CHECK(held->line_body != NULL);
    memcpy(held->line_body, line->body.at, line->body.size);
    held->line.body.at = held->line_body;
}

/* What sybils learn of what a node says. */
static void overhear(const struct node *node, const struct run *run);

static void do_store(struct node *node, const struct effect *effect)
{
    const struct run *run = &effect->run;
    CHECK(run->count >= 1 && run->count <= LIMIT_RUN_ENTRIES);
    CHECK(entry_verify(&run->entries[run->count - 1], &run->signature));
    run_is_of_two(node->core, &node->direct, run, true);
    run_is_private(node, run, true);
    for (size_t i = 0; i < run->count && !node->overflowed; i++)
        node->overflowed =
            !hold(node, &run->entries[i], i == run->count - 1 ? &run->signature : NULL);
    for (size_t i = 0; effect->lines != NULL && i < run->count; i++)
        hold_line(node, &run->entries[i], &effect->lines[i]);
    for (size_t i = 0; i < run->count; i++)
        may_be_said(node, &run->entries[i]);
    overhear(node, run);
}

/* Bodies go where they are missing; an act that was given its own does something from now on. */
static void do_fill(struct node *node, const struct effect *effect)
{
    const struct run *run = &effect->run;
    CHECK(run->count >= 1);
    for (size_t i = 0; i < run->count; i++) {
        const struct held *held = held_entry(node, &run->entries[i].id);
        if (held == NULL || held->entry.body.at != NULL || run->entries[i].body.at == NULL)
            continue;
        hold(node, &run->entries[i], NULL);
        if (effect->lines != NULL)
            hold_line(node, &run->entries[i], &effect->lines[i]);
        if (act_is(run->entries[i].kind) && node->later_count < LATER_MAX)
            node->later[node->later_count++] = again_of(&run->entries[i]);
    }
}

/* It was sealed again, and says what it said at first. */
static void open_line(const struct node *node, const struct entry *line)
{
    const struct node *other = &nodes[node == nodes];
    const struct held *theirs = held_entry(other, &line->id);
    CHECK(!id_equal(&line->author, &node->core->config.identity.node) && !node->unwritable);
    if (theirs == NULL || theirs->line.kind == 0 || theirs->entry.seq != line->seq ||
        !id_equal(&line->author, &other->core->config.identity.node))
        return;
    CHECK(line->kind == theirs->line.kind);
    CHECK(line->body.size == (kind_is_said(line->kind) ? theirs->line.body.size : 0));
    CHECK(memcmp(line->body.at, theirs->line.body.at, line->body.size) == 0);
}

static void free_held(const struct held *held)
{
    free(held->body);
    free(held->line_body);
}

static void do_drop(struct node *node, const struct id *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < node->held_count; i++) {
        if (id_equal(&node->held[i].entry.channel, channel))
            free_held(&node->held[i]);
        else
            node->held[count++] = node->held[i];
    }
    node->held_count = count;
}

/* ---- questions to the disk ---- */

static bool is_lie(const struct node *node, const struct entry *entry)
{
    for (size_t i = 0; i < node->held_count; i++) {
        const struct entry *held = &node->held[i].entry;
        if (held->seq == entry->seq && id_equal(&held->author, &entry->author) &&
            id_equal(&held->channel, &entry->channel) && id_equal(&held->prev, &entry->prev) &&
            memcmp(&held->process, &entry->process, sizeof entry->process) == 0 &&
            !id_equal(&held->id, &entry->id))
            return true;
    }
    return false;
}

static const struct id *below_of(const void *node, const struct id *id)
{
    const struct held *held = held_entry(node, id);
    return held != NULL ? &held->entry.prev : NULL;
}

static struct sifted sift(const struct node *node, const struct run *run)
{
    struct sifted sifted = {0};
    struct channel *channel = channel_by_id(&node->core->channels, &run->entries[0].channel);
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log)) {
        struct log_load load = log_save(log);
        sifted.same_to[log->branch] = span_same_to(&load, run, below_of, node);
    }
    while (sifted.held < run->count && is_whole(node, &run->entries[sifted.held].id))
        sifted.held++;
    if (sifted.held == run->count)
        return sifted;
    const struct entry *first = &run->entries[sifted.held];
    sifted.based = first->seq == 1 || is_whole(node, &first->prev);
    if (!sifted.based)
        return sifted;
    sifted.below = first->prev;
    if (first->seq > 1)
        sifted.lamport = held_entry(node, &first->prev)->entry.lamport;
    sifted.lie = is_lie(node, first);
    return sifted;
}

static void do_question(struct node *node, const struct effect *effect)
{
    struct event event = {
        .link = effect->link, .channel_id = effect->channel_id, .head = effect->head};
    if (node->later_count == LATER_MAX || node->overflowed)
        return; /* as if the link had gone meanwhile */
    if (effect->kind == EFFECT_SEEK) {
        const struct keycard *card = kept_card(&node->direct, &effect->node);
        event.kind = EVENT_CARD;
        event.node = effect->node;
        event.number = effect->number;
        if (card != NULL)
            event.card = *card;
    } else if (effect->kind == EFFECT_RECALL) {
        const struct held *held = held_entry(node, &effect->head.tip);
        CHECK(id_equal(&effect->head.author, &node->core->config.identity.node));
        if (held == NULL || held->line.kind == 0 || held->entry.seq != effect->head.seq)
            return;
        uint8_t *body = malloc(held->line.body.size + 1);
        CHECK(body != NULL);
        memcpy(body, held->line.body.at, held->line.body.size);
        event.kind = EVENT_RECALLED;
        event.number = held->line.kind;
        event.asked_wall_ms = held->entry.wall_ms;
        event.frame = (struct bytes){body, held->line.body.size};
    } else if (effect->kind == EFFECT_LOOK && effect->link == 0) { /* on which branch is it? */
        const struct held *held = held_entry(node, &effect->head.tip);
        event.kind = EVENT_LOOKED;
        event.number = held == NULL ? UINT32_MAX : branch_with(node, &held->entry, true);
        event.held = event.number != UINT32_MAX;
    } else if (effect->kind == EFFECT_LOOK) {
        event.kind = EVENT_LOOKED;
        event.held = is_whole(node, &effect->head.tip);
    } else if (effect->kind == EFFECT_BARE) { /* one entry above, whether it has a body or not */
        event.kind = EVENT_BARE;
        event.load = effect->load;
        event.head = (struct head){.seq = 0};
        for (size_t i = 0; i < node->held_count && event.head.seq == 0; i++) {
            const struct entry *entry = &node->held[i].entry;
            if (entry->seq > effect->number && id_equal(&entry->author, &effect->load.author)) {
                event.number = entry->seq;
                event.head = (struct head){entry->author, entry->seq, entry->id};
            }
        }
    } else {
        struct arena arena;
        struct run run;
        enum entry_part part;
        uint8_t *copy = malloc(effect->frame.size);
        CHECK(copy != NULL);
        memcpy(copy, effect->frame.at, effect->frame.size);
        event.kind = EVENT_SIFTED;
        event.number = effect->number;
        event.frame = (struct bytes){copy, effect->frame.size};
        arena_init(&arena);
        CHECK(wire_read_entry(event.frame, &arena, &run, &part));
        event.sifted = sift(node, &run);
        arena_release(&arena);
    }
    node->later[node->later_count++] = event;
}
