/* Serve: each question is a range of one log, which this node has announced to hold. A piece is one
 * run in one frame; the last, where the range or the credit ends, is marked.
 *
 * 1. Pieces of all questions take turns; one turn of all of it ends after SERVE_TURN_US.
 * 2. A link with anything in its queue gets no piece until it drains: bulk stays behind talk, and a
 *    reader that is slow costs its own answers only.
 */
#include "app/serve.h"

#include "app/clock.h"

void serving_add(struct serving *serving, uint64_t link, const struct want *want)
{
    size_t asked = 0;
    for (size_t i = 0; i < serving->count; i++)
        asked += serving->answers[i].link == link;
    if (asked >= LIMIT_ANSWERS || serving->count == LIMIT_LINKS * LIMIT_ANSWERS)
        return;
    serving->answers[serving->count++] = (struct answer){.link = link, .want = *want};
}

/* The last takes its place. */
static void end(struct serving *serving, size_t index)
{
    serving->answers[index] = serving->answers[--serving->count];
}

void serving_forget(struct serving *serving, uint64_t link)
{
    for (size_t i = serving->count; i-- > 0;)
        if (serving->answers[i].link == link)
            end(serving, i);
}

static void send_piece(struct serving *serving, size_t index, struct store *store,
                       struct links *links)
{
    static uint8_t frame[LIMIT_FRAME];
    struct want *want = &serving->answers[index].want;
    uint64_t last;
    size_t bytes = store_frame(store, want, PART_ANSWER, frame, &last);
    if (bytes == 0) {
        struct lack lack = {want->channel, want->author, want->from,
                            last > want->from ? last : want->from, want->tip};
        struct writer w = writer_of(frame, sizeof frame);
        wire_write_lack(&w, &lack);
        links_send(links, serving->answers[index].link, written(&w));
        end(serving, index);
        return;
    }
    want->from = last + 1;
    want->credit = want->credit > bytes ? want->credit - (uint32_t)bytes : 0;
    bool more = want->credit > 0 && want->from <= want->to;
    frame[1] = more ? PART_ANSWER : PART_ANSWER_END;
    if (!links_send(links, serving->answers[index].link, (struct bytes){frame, bytes}) || !more)
        end(serving, index);
}

bool serving_turn(struct serving *serving, struct store *store, struct links *links)
{
    uint64_t until_us = clock_now_us() + SERVE_TURN_US;
    size_t idle = 0;
    while (idle < serving->count) {
        serving->next = serving->next < serving->count ? serving->next : 0;
        size_t index = serving->next++;
        if (!links_has_room(links, serving->answers[index].link)) {
            idle++;
            continue;
        }
        idle = 0;
        send_piece(serving, index, store, links);
        if (clock_now_us() >= until_us)
            return serving->count > 0;
    }
    return false;
}
