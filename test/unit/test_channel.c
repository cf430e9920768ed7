/* Channels: the bounds, the current one, the clock that adopts nothing adrift, and how many own
 * lines nobody has yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel.h"

static const uint8_t KEY[16] = {1};
static const struct id NETWORK = {{2}};
static struct channels channels;

static int setup(void **state)
{
    (void)state;
    channels_init(&channels, KEY);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    channels_release(&channels);
    return 0;
}

static struct channel *add(const char *name)
{
    struct channel_name text = {{0}};
    snprintf(text.text, sizeof text.text, "%s", name);
    return channel_add(&channels, &text, &NETWORK);
}

static struct id author(uint32_t number)
{
    struct id id = {{9}};
    memcpy(id.b + 4, &number, sizeof number);
    return id;
}

static void found_by_name_and_id(void **state)
{
    (void)state;
    struct id id = add("#a")->id;
    add("#b");
    assert_int_equal(channels.count, 2);
    assert_ptr_equal(add("#a"), channel_by_name(&channels, "#a"));
    assert_int_equal(channels.count, 2);
    assert_ptr_equal(channel_by_id(&channels, &id), channel_by_name(&channels, "#a"));
    struct id expected = channel_id(&NETWORK, "#a");
    assert_true(id_equal(&id, &expected));
    id.b[0] ^= 1;
    assert_null(channel_by_id(&channels, &id));
    assert_null(channel_by_name(&channels, "#c"));
    assert_false(add("#c")->joined);
}

static void the_current_one(void **state)
{
    (void)state;
    add("#a"), add("#b"), add("#c");
    assert_string_equal(channels.current.text, "");
    assert_true(channel_join(&channels, add("#b")));
    assert_string_equal(channels.current.text, "#b");
    assert_true(channel_join(&channels, add("#a")));
    assert_true(channel_join(&channels, add("#a"))); /* twice is once */
    assert_int_equal(channels.joined, 2);
    assert_string_equal(channels.current.text, "#b");
    channel_leave(&channels, add("#c")); /* not joined */
    assert_int_equal(channels.joined, 2);
    channel_leave(&channels, add("#b"));
    assert_string_equal(channels.current.text, "#a"); /* another joined one */
    channel_leave(&channels, add("#b"));
    assert_int_equal(channels.joined, 1);
    channel_leave(&channels, add("#a"));
    assert_string_equal(channels.current.text, "");
    assert_int_equal(channels.joined, 0);
    assert_true(channel_join(&channels, add("#c")));
    assert_string_equal(channels.current.text, "#c");
}

static void leaving_one_keeps_the_current(void **state)
{
    (void)state;
    channel_join(&channels, add("#a"));
    channel_join(&channels, add("#b"));
    channel_leave(&channels, add("#b"));
    assert_string_equal(channels.current.text, "#a");
}

static void joined_channels_are_bounded(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < LIMIT_CHANNELS; i++) {
        snprintf(name, sizeof name, "#%d", i);
        assert_true(channel_join(&channels, add(name)));
    }
    assert_false(channel_join(&channels, add("#more")));
    assert_false(channel_by_name(&channels, "#more")->joined);
    assert_true(channel_join(&channels, add("#7"))); /* joined already */
    channel_leave(&channels, add("#7"));
    assert_true(channel_join(&channels, add("#more")));
    assert_int_equal(channels.joined, LIMIT_CHANNELS);
    assert_true(channels.count > LIMIT_CHANNELS); /* what was left is still known */
}

static void logs_are_bounded(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    for (uint32_t i = 0; i < LIMIT_LOGS; i++) {
        struct id id = author(i);
        assert_null(channel_log(channel, &id));
        struct log *log = channel_log_add(channel, &id, true);
        assert_non_null(log);
        log->seq = i + 1; /* it holds something */
        assert_ptr_equal(channel_log(channel, &id), log);
        assert_ptr_equal(channel_log_add(channel, &id, true), log);
    }
    struct id more = author(LIMIT_LOGS);
    assert_null(channel_log_add(channel, &more, true));
    assert_null(channel_log(channel, &more));
    for (uint32_t i = 0; i < LIMIT_LOGS; i += 97) { /* through all growth */
        struct id id = author(i);
        assert_true(channel_log(channel, &id)->seq == i + 1);
        assert_true(id_equal(&channel_log(channel, &id)->author, &id));
    }
    assert_int_equal(channel->log_count, LIMIT_LOGS);
}

/* Anybody can announce anybody: that takes no place from who has spoken, nor from who does. */
static void announced_logs_make_room(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id held = author(7), above = author(4000), fresh = author(LIMIT_LOGS);
    for (uint32_t i = 0; i < LIMIT_LOGS; i++) {
        struct id id = author(i);
        assert_non_null(channel_log_add(channel, &id, false));
    }
    channel_log_add(channel, &held, true)->seq = 3;
    channel_log_add(channel, &above, true)->above_from = 5;
    channel_log(channel, &above)->above_to = 6;
    assert_null(channel_log_add(channel, &fresh, false));
    struct log *log = channel_log_add(channel, &fresh, true);
    assert_non_null(log);
    assert_true(id_equal(&log->author, &fresh));
    log->seq = 1;
    assert_int_equal(channel_log(channel, &held)->seq, 3);
    assert_int_equal(channel_log(channel, &above)->above_to, 6);
    assert_true(channel->log_count < LIMIT_LOGS);
    for (uint32_t i = 0; i < channel->log_count; i++)
        assert_ptr_equal(channel_log(channel, &channel->logs[i].author), &channel->logs[i]);
    for (uint32_t i = 0; i < LIMIT_LOGS; i++) { /* and can be filled up again */
        struct id id = author(i + 10000);
        channel_log_add(channel, &id, false);
    }
    assert_int_equal(channel->log_count, LIMIT_LOGS);
    assert_int_equal(channel_log(channel, &fresh)->seq, 1);
}

static void a_log_outlives_leaving(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id id = author(1);
    channel_join(&channels, channel);
    channel_log_add(channel, &id, true)->seq = 7;
    channel_leave(&channels, channel);
    for (int i = 0; i < 20; i++) { /* the list moves */
        char name[16];
        snprintf(name, sizeof name, "#%d", i);
        add(name);
    }
    channel = add("#a");
    assert_int_equal(channel_log(channel, &id)->seq, 7);
}

/* ---- branches ---- */

static size_t branches(struct channel *channel, const struct id *id)
{
    size_t count = 0;
    for (struct log *log = channel_log(channel, id); log != NULL;
         log = channel_next_branch(channel, log)) {
        assert_true(id_equal(&log->author, id));
        count++;
    }
    return count;
}

static void branches_are_chained_and_bounded(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(1), other = author(2);
    assert_int_equal(branches(channel, &self), 0);
    channel_log_add(channel, &self, true)->seq = 5;
    for (uint32_t i = 1; i < LIMIT_BRANCHES; i++) {
        struct log *log = channel_branch_add(channel, &self);
        assert_non_null(log);
        assert_true(log->rootless && log->proved);
        assert_int_equal(log->branch, i);         /* each has a number of its own */
        log->above_from = log->above_to = 10 + i; /* something is held of it */
        channel_log_add(channel, &other, true);
    }
    assert_int_equal(branches(channel, &self), LIMIT_BRANCHES);
    assert_int_equal(branches(channel, &other), 1);
    assert_null(channel_branch_add(channel, &self));
    assert_non_null(channel_branch_add(channel, &other));
    assert_int_equal(channel_log(channel, &self)->seq, 5);
    assert_int_equal(channel_log(channel, &self)->branch, 0);
}

/* One of which nothing is held and nobody speaks is used again, before there are more. */
static void idle_branches_are_used_again(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(1);
    channel_log_add(channel, &self, true)->seq = 5;
    struct log *held = channel_branch_add(channel, &self);
    held->above_from = held->above_to = 7;
    uint32_t idle = channel_branch_add(channel, &self)->branch;
    struct log *spoken = channel_branch_add(channel, &self);
    assert_int_equal(spoken->branch, idle);
    spoken->probe = 9;
    spoken->source_count = 1;
    assert_int_not_equal(channel_branch_add(channel, &self)->branch, idle);
    assert_int_equal(branches(channel, &self), 4);
    channel_next_branch(channel, channel_next_branch(channel, channel_log(channel, &self)))
        ->source_count = 0;
    struct log *again = channel_branch_add(channel, &self);
    assert_int_equal(again->branch, idle);
    assert_int_equal(again->probe, 0);
    assert_int_equal(branches(channel, &self), 4); /* and those behind it are still there */
}

/* Numbers of branches that a store knows are not given twice, whatever came first. */
static void branch_numbers_are_free_ones(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(1);
    channel_log_add(channel, &self, true)->seq = 5;
    struct log *log = channel_branch_add(channel, &self);
    log->branch = 2;
    log->seq = 7;
    log->rootless = false;
    log = channel_branch_add(channel, &self);
    assert_int_equal(log->branch, 1);
    log->above_from = log->above_to = 9;
    assert_int_equal(channel_branch_add(channel, &self)->branch, 3);
}

static void the_highest_branch(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(1);
    assert_null(channel_highest(channel, &self));
    channel_log_add(channel, &self, true);
    assert_int_equal(channel_highest(channel, &self)->branch, 0); /* though it has no head */
    struct log *log = channel_branch_add(channel, &self);
    log->above_from = 90;
    log->above_to = 99;
    assert_int_equal(channel_highest(channel, &self)->branch, 0); /* what is rootless has none */
    log->rootless = false;
    log->base_seq = log->seq = 4;
    assert_int_equal(channel_highest(channel, &self)->branch, 0); /* nothing of it is whole */
    log->seq = 6;
    assert_int_equal(channel_highest(channel, &self)->branch, 1);
    channel_log(channel, &self)->seq = 7;
    assert_int_equal(channel_highest(channel, &self)->branch, 0);
    log->seq = 7; /* by tip */
    log->tip.b[0] = 2;
    channel_log(channel, &self)->tip.b[0] = 1;
    assert_int_equal(channel_highest(channel, &self)->branch, 1);
    channel_log(channel, &self)->tip.b[0] = 3;
    assert_int_equal(channel_highest(channel, &self)->branch, 0);
}

/* Chains hold when announced logs are let go and others move to their places. */
static void branches_outlive_a_sweep(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(7), fresh = author(LIMIT_LOGS);
    for (uint32_t i = 0; i < LIMIT_LOGS - 2; i++) {
        struct id id = author(i);
        assert_non_null(channel_log_add(channel, &id, false));
    }
    channel_log_add(channel, &self, true)->seq = 3;
    struct log *log = channel_branch_add(channel, &self);
    log->seq = 9;
    log->rootless = false;
    log = channel_branch_add(channel, &self);
    log->above_from = log->above_to = 11;
    assert_int_equal(channel->log_count, LIMIT_LOGS);
    assert_non_null(channel_log_add(channel, &fresh, true));
    assert_int_equal(channel->log_count, 4);
    assert_int_equal(branches(channel, &self), 3);
    assert_int_equal(branches(channel, &fresh), 1);
    assert_int_equal(channel_log(channel, &self)->seq, 3);
    assert_int_equal(channel_highest(channel, &self)->seq, 9);
}

/* A full channel has no place for a branch either. */
static void branches_count_as_logs(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    for (uint32_t i = 0; i < LIMIT_LOGS; i++) {
        struct id id = author(i);
        channel_log_add(channel, &id, true)->seq = 1;
    }
    struct id self = author(7);
    assert_null(channel_branch_add(channel, &self));
    assert_int_equal(branches(channel, &self), 1);
}

/* 2020-01-01 and 2024-01-01 in ms since 1970. */
#define YEAR_2020 1577836800000ull
#define YEAR_2024 1704067200000ull

static void a_clock_is_adopted_when_it_is_higher(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    channel_adopt(channel, 5, YEAR_2024);
    assert_int_equal(channel->lamport, 5);
    channel_adopt(channel, 4, YEAR_2024);
    channel_adopt(channel, 5, YEAR_2024);
    assert_int_equal(channel->lamport, 5);
}

static void a_clock_adrift_is_not_adopted(void **state)
{
    (void)state;
    const uint64_t floor = (uint64_t)1 << 40;
    static const uint64_t EARLY[] = {0, 1, YEAR_2020 - 1, YEAR_2020, YEAR_2020 + 1};
    for (size_t i = 0; i < sizeof EARLY / sizeof EARLY[0]; i++) {
        struct channel *channel = add("#a");
        channel->lamport = 0;
        channel_adopt(channel, floor, EARLY[i]); /* a wall clock that is behind: the floor holds */
        assert_int_equal(channel->lamport, 0);
        channel_adopt(channel, UINT64_MAX, EARLY[i]);
        channel_adopt(channel, INT64_MAX, EARLY[i]);
        assert_int_equal(channel->lamport, 0);
        channel_adopt(channel, floor - 1, EARLY[i]);
        assert_true(channel->lamport == floor - 1);
    }
    struct channel *channel = add("#b");
    uint64_t bound = (YEAR_2024 - YEAR_2020) * 1000;
    assert_true(bound > floor);
    channel_adopt(channel, bound, YEAR_2024);
    assert_int_equal(channel->lamport, 0);
    channel_adopt(channel, bound - 1, YEAR_2024);
    assert_true(channel->lamport == bound - 1);
    channel_adopt(channel, bound + 999, YEAR_2024 + 1);
    assert_true(channel->lamport == bound + 999);
    channel_adopt(channel, bound + 5000, 0); /* the wall clock jumped back: nothing is lost */
    assert_true(channel->lamport == bound + 999);
}

static void own_lines_that_nobody_has(void **state)
{
    (void)state;
    struct channel *channel = add("#a");
    struct id self = author(1), other = author(2);
    assert_int_equal(channel_unreceived(channel, &self), 0);
    channel_log_add(channel, &other, true)->seq = 50;
    assert_int_equal(channel_unreceived(channel, &self), 0);
    channel_log_add(channel, &self, true)->seq = 10;
    channel->said_from = 7; /* said before this process began */
    assert_int_equal(channel_unreceived(channel, &self), 3);
    channel->received = 2; /* somebody is far behind */
    assert_int_equal(channel_unreceived(channel, &self), 3);
    channel->received = 9;
    assert_int_equal(channel_unreceived(channel, &self), 1);
    channel->received = 10;
    assert_int_equal(channel_unreceived(channel, &self), 0);
    channel->received = 11;
    assert_int_equal(channel_unreceived(channel, &self), 0);
    struct log *log = channel_branch_add(channel, &self); /* it goes on where it is highest */
    log->rootless = false;
    log->base_seq = 8;
    log->seq = 13;
    assert_int_equal(channel_unreceived(channel, &self), 2);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(found_by_name_and_id),
        test(the_current_one),
        test(leaving_one_keeps_the_current),
        test(joined_channels_are_bounded),
        test(logs_are_bounded),
        test(announced_logs_make_room),
        test(a_log_outlives_leaving),
        test(branches_are_chained_and_bounded),
        test(idle_branches_are_used_again),
        test(branch_numbers_are_free_ones),
        test(the_highest_branch),
        test(branches_outlive_a_sweep),
        test(branches_count_as_logs),
        test(a_clock_is_adopted_when_it_is_higher),
        test(a_clock_adrift_is_not_adopted),
        test(own_lines_that_nobody_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
