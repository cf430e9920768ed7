/* Serve: each question is a range of one log, which this node has announced to hold. A piece is one
 * run in one frame; the last, where the range or the credit ends, is marked.
 *
 * 1. Pieces of all questions take turns; one turn of all of it ends after SERVE_TURN_US.
 * 2. A link with anything in its queue gets no piece until it drains: bulk stays behind talk, and a
 *    reader that is slow costs its own answers only.
 */
#include "app/serve.h"

#include <string.h>

#include "app/clock.h"

void serving_init(struct serving *serving)
{
    memset(serving, 0, sizeof *serving);
    arena_init(&serving->arena);
}

void serving_release(struct serving *serving)
{
    arena_release(&serving->arena);
}

void serving_add(struct serving *serving, uint64_t link, const struct want *want)
{
    struct answer *place = NULL;
    size_t asked = 0;
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_WANTS; i++) {
        asked += serving->answers[i].link == link;
        if (serving->answers[i].link == 0 && place == NULL)
            place = &serving->answers[i];
    }
    if (place == NULL || asked >= LIMIT_WANTS)
        return;
    *place = (struct answer){.link = link, .want = *want};
    serving->count++;
}

static void end(struct serving *serving, struct answer *answer)
{
    answer->link = 0;
    serving->count--;
}

void serving_forget(struct serving *serving, uint64_t link)
{
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_WANTS; i++)
        if (serving->answers[i].link == link && link != 0)
            end(serving, &serving->answers[i]);
}

static void send_piece(struct serving *serving, struct answer *answer, struct store *store,
                       struct links *links)
{
    static uint8_t room[LIMIT_FRAME];
    struct want *want = &answer->want;
    struct run run;
    arena_reset(&serving->arena);
    if (!store_read(store, &want->channel, &want->author, want->from, want->to, LIMIT_RUN_BYTES,
                    &serving->arena, &run)) {
        end(serving, answer);
        return;
    }
    size_t bytes = wire_entry_bytes(&run);
    want->from = run.entries[run.count - 1].seq + 1;
    want->credit = want->credit > bytes ? want->credit - (uint32_t)bytes : 0;
    bool more = want->credit > 0 && want->from <= want->to;
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
    if (w.full || !links_send(links, answer->link, written(&w)) || !more)
        end(serving, answer);
}

bool serving_turn(struct serving *serving, struct store *store, struct links *links)
{
    uint64_t until_us = clock_now_us() + SERVE_TURN_US;
    size_t idle = 0;
    while (serving->count > 0 && idle < LIMIT_LINKS * LIMIT_WANTS) {
        struct answer *answer = &serving->answers[serving->next];
        serving->next = (serving->next + 1) % (LIMIT_LINKS * LIMIT_WANTS);
        if (answer->link == 0 || !links_has_room(links, answer->link)) {
            idle++;
            continue;
        }
        idle = 0;
        send_piece(serving, answer, store, links);
        if (clock_now_us() >= until_us)
            return serving->count > 0;
    }
    return false;
}
