/* What is typed to search for, as an expression of the index; and that none is ill-formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/prng.h"
#include "store/query.h"

static char why[200];

static struct query read_query(const char *text)
{
    struct query query;
    if (!query_read(&query, text, strlen(text), why, sizeof why))
        fail_msg("%s: %s", text, why);
    return query;
}

static void words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *match;
    } rows[] = {
        {"ab", "(text : \"ab\")"},
        {"kaffe", "(text : \"kaffe\" *)"},
        {"ab*", "(text : \"ab\" *)"},
        {"kaffe te", "(text : \"kaffe\" * AND text : \"te\")"},
        {"\"one two\"", "(text : \"one two\")"},
        {"from:anna kaffe", "(nick : \"anna\" AND text : \"kaffe\" *)"},
        {"from:\"a b\"", "(nick : \"a b\")"},
        {"\"one two", "(text : \"one two\")"},
        {"from:\"a b after:2026", "(nick : \"a b\")"},
        {"kaffe -te", "(text : \"kaffe\" *) NOT (text : \"te\")"},
        {"kaffe -from:bo -\"no way\"",
         "(text : \"kaffe\" *) NOT (nick : \"bo\" OR text : \"no way\")"},
        {"say\"no", "(text : \"say\"\"no\" *)"},
        {"! ? kaffe", "(text : \"kaffe\" *)"},
        {"fika på", "(text : \"fika\" * AND text : \"på\")"},
        {"AND OR NEAR(", "(text : \"AND\" * AND text : \"OR\" AND text : \"NEAR(\" *)"},
        {"in:#fika", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(read_query(rows[i].text).match, rows[i].match);
}

static void bounds(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    struct query query = read_query("after:2026-11-27 before:2026-12 x in:#tea");
    assert_int_equal(query.from_ms, 1795737600000);
    assert_int_equal(query.to_ms, 1796083200000 - 1);
    assert_string_equal(query.channel.text, "#tea");
    assert_string_equal(query.match, "(text : \"x\")");
    query = read_query("in:tea after:2020 before:2021");
    assert_string_equal(query.channel.text, "#tea");
    assert_int_equal(query.from_ms, 1577836800000);
    assert_int_equal(query.to_ms, 1609459200000 - 1);
    query = read_query("x \"one two in:#tea"); /* the quote was forgotten */
    assert_string_equal(query.match, "(text : \"x\" AND text : \"one two\")");
    assert_string_equal(query.channel.text, "#tea");
    query = read_query("\"in:tea\""); /* quoted, it is text */
    assert_string_equal(query.channel.text, "");
}

static void what_is_none(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "   ",
        "!",
        "-kaffe",
        "after:yesterday",
        "before:2026-13",
        "after:2026-02-30",
        "x after:26-1",
        "before:",
        "\xff\xfe",
        "a b c d e f g h i j k l m n o p q", /* 17 words */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct query query;
        why[0] = '\0';
        if (query_read(&query, rows[i], strlen(rows[i]), why, sizeof why))
            fail_msg("%s is taken: %s", rows[i], query.match);
        assert_true(strlen(why) > 10);
    }
}

/* Whatever is typed, the index takes the expression. */
static void anything(void **state)
{
    (void)state;
    static const char alphabet[] = "ab\"*-:() #\\^{}+~'%\t5\xc3\xa5\xf0\x9f\x98\x80.,;from:NOT AND";
    uint8_t seed[32] = {7};
    struct prng prng;
    sqlite3 *db;
    sqlite3_stmt *find;
    prng_init(&prng, seed);
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE VIRTUAL TABLE lines USING fts5(text, nick, channel, "
                                  "content='', columnsize=0)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT rowid FROM lines WHERE lines MATCH ?1", -1, &find, NULL),
        SQLITE_OK);
    size_t taken = 0;
    for (int round = 0; round < 20000; round++) {
        char text[40];
        struct query query;
        size_t size = prng_below(&prng, sizeof text);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[prng_below(&prng, sizeof alphabet - 1)];
        if (!query_read(&query, text, size, why, sizeof why) || query.match[0] == '\0')
            continue;
        sqlite3_bind_text(find, 1, query.match, -1, SQLITE_STATIC);
        int result = sqlite3_step(find);
        if (result != SQLITE_DONE && result != SQLITE_ROW)
            fail_msg("%.*s -> %s: %s", (int)size, text, query.match, sqlite3_errmsg(db));
        sqlite3_reset(find);
        taken++;
    }
    assert_true(taken > 1000);
    sqlite3_finalize(find);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(bounds),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
