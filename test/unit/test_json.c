/* Events are the objects that the man page promises: keys, their order, one object a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/json.h"

#define ID   "ab00000000000000000000000000000000000000000000000000000000000000"
#define NONE "0000000000000000000000000000000000000000000000000000000000000000"

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void assert_written(const struct show *show, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_show(out, show, "ada\nkettle\n");
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_string(const char *in, size_t size, const char *expected)
{
    char out[256];
    assert_true(6 * size + 3 <= sizeof out);
    assert_int_equal(json_string(out, in, size), strlen(expected));
    assert_string_equal(out, expected);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    assert_string("", 0, "\"\"");
    assert_string("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    assert_string("\n\t\r\x1b\x7f\0", 6, "\"\\n\\t\\u000d\\u001b\\u007f\\u0000\"");
    assert_string("\xC2\x9B", 2, "\"\\u009b\"");
    assert_string("\xE2\x80\xAE", 3, "\"\\u202e\"");
    assert_string("\xF3\xA0\x81\xA7", 4, "\"\\udb40\\udc67\""); /* a tag: two halves */
    assert_string("\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    assert_string("\xFF\xE2\x82", 3, "\"\\ufffd\\ufffd\"");
    assert_string("\xEF\xBF\xBD", 3, "\"\xEF\xBF\xBD\"");
    assert_string("\xED\xA0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
}

static void ready_event(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_READY, .nick = {"anna"}, .port = 23452};
    show.id.b[0] = 0xab;
    show.a = bytes_of("default");
    show.b = bytes_of("open");
    show.text = bytes_of("192.168.1.5\nfe80::1%eth0\n");
    assert_written(&show, "{\"event\":\"ready\",\"id\":\"" ID "\",\"nick\":\"anna\",\"profile\":"
                          "\"default\",\"network\":\"open\",\"port\":23452,\"addresses\":["
                          "\"192.168.1.5\",\"fe80::1%eth0\"]}\n");
    show.text = bytes_of("");
    assert_written(&show, "{\"event\":\"ready\",\"id\":\"" ID "\",\"nick\":\"anna\",\"profile\":"
                          "\"default\",\"network\":\"open\",\"port\":23452,\"addresses\":[]}\n");
}

static void message_event(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"anna"}, .own = true};
    show.id.b[0] = 0xab;
    show.wall_ms = 1709210096789;
    show.lamport = UINT64_MAX;
    show.seq = 7;
    show.text = bytes_of("hej\n\"du\"");
    assert_written(&show, "{\"event\":\"message\",\"channel\":\"#fika\",\"nick\":\"anna\","
                          "\"author\":\"" ID "\",\"text\":\"hej\\n\\\"du\\\"\","
                          "\"time\":\"2024-02-29T12:34:56.789Z\",\"lamport\":18446744073709551615,"
                          "\"seq\":7,\"own\":true,\"via\":\"link\",\"held\":0}\n");
    show.via = VIA_STORED;
    show.lamport = 3;
    show.n = 2;
    show.action = show.adrift = show.liar = true;
    show.text = bytes_of("");
    assert_written(&show, "{\"event\":\"message\",\"channel\":\"#fika\",\"nick\":\"anna\","
                          "\"author\":\"" ID "\",\"text\":\"\","
                          "\"time\":\"2024-02-29T12:34:56.789Z\",\"lamport\":3,"
                          "\"seq\":7,\"own\":true,\"via\":\"history\",\"action\":true,"
                          "\"adrift\":true,\"liar\":true,\"held\":2}\n");
    show = (struct show){.kind = SHOW_MESSAGE, .channel = {"#fika"}, .via = VIA_CLASSIC};
    show.action = true;
    assert_written(&show, "{\"event\":\"message\",\"channel\":\"#fika\",\"nick\":\"\","
                          "\"author\":\"" NONE "\",\"text\":\"\","
                          "\"time\":\"1970-01-01T00:00:00.000Z\",\"lamport\":0,"
                          "\"seq\":0,\"own\":false,\"via\":\"classic\",\"action\":true}\n");
}

/* Behind the keys that were there before. */
static void mentions(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"bo"}};
    show.text = bytes_of("the Kettle");
    show.liar = true;
    assert_written(&show,
                   "{\"event\":\"message\",\"channel\":\"#fika\",\"nick\":\"bo\","
                   "\"author\":\"" NONE "\",\"text\":\"the Kettle\","
                   "\"time\":\"1970-01-01T00:00:00.000Z\",\"lamport\":0,"
                   "\"seq\":0,\"own\":false,\"via\":\"link\",\"liar\":true,\"mention\":true}\n");
    show.text = bytes_of("I am ada");
    show.own = true;
    show.liar = false;
    assert_written(&show, "{\"event\":\"message\",\"channel\":\"#fika\",\"nick\":\"bo\","
                          "\"author\":\"" NONE "\",\"text\":\"I am ada\","
                          "\"time\":\"1970-01-01T00:00:00.000Z\",\"lamport\":0,"
                          "\"seq\":0,\"own\":true,\"via\":\"link\",\"held\":0}\n");
}

static void link_and_member_events(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_LINK, .nick = {"anna"}, .address = {"10.0.0.2:1"}};
    show.id.b[0] = 0xab;
    show.a = bytes_of("it left");
    assert_written(&show, "{\"event\":\"link\",\"state\":\"down\",\"nick\":\"anna\",\"id\":\"" ID
                          "\",\"address\":\"10.0.0.2:1\",\"why\":\"it left\"}\n");
    show = (struct show){.kind = SHOW_MEMBER, .channel = {"#fika"}, .nick = {"bo"}, .up = true};
    assert_written(&show,
                   "{\"event\":\"member\",\"channel\":\"#fika\",\"nick\":\"bo\",\"id\":\"" NONE
                   "\",\"state\":\"here\"}\n");
}

/* A range of own lines is one event each. */
static void held_events(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_HELD, .channel = {"#fika"}, .seq = 3, .n2 = 4, .n = 2};
    show.id.b[0] = 0xab;
    assert_written(&show, "{\"event\":\"held\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"seq\":3,\"by\":2}\n"
                          "{\"event\":\"held\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"seq\":4,\"by\":2}\n");
}

static void missing_coming_and_forgotten_events(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_GAP, .channel = {"#fika"}, .nick = {"bo"}};
    show.id.b[0] = 0xab;
    show.seq = 3;
    show.n2 = 19;
    show.n = 17;
    show.a = bytes_of("cy");
    assert_written(&show, "{\"event\":\"gap\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"nick\":\"bo\",\"from\":3,\"to\":19,\"missing\":17,"
                          "\"asking\":\"cy\"}\n");
    show.n = 0;
    show.a = bytes_of("");
    assert_written(&show, "{\"event\":\"gap\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"nick\":\"bo\",\"from\":3,\"to\":19,\"missing\":0,"
                          "\"asking\":\"\"}\n");
    show = (struct show){.kind = SHOW_COMING, .channel = {"#fika"}, .n = 1204};
    assert_written(&show, "{\"event\":\"coming\",\"channel\":\"#fika\",\"missing\":1204}\n");
    show = (struct show){.kind = SHOW_FORGOTTEN, .channel = {"#fika"}, .seq = 7};
    show.id.b[0] = 0xab;
    assert_written(&show, "{\"event\":\"forgotten\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"seq\":7}\n");
}

static void reactions(void **state)
{
    (void)state;
    uint8_t list[REACTIONS_BYTES];
    struct writer w = writer_of(list, sizeof list);
    struct show show = {.kind = SHOW_REACTION, .channel = {"#fika"}, .nick = {"anna"}, .seq = 7};
    show.id.b[0] = 0xab;
    strcpy(show.who_nick.text, "bo");
    show.a = bytes_of("+\x1b");
    assert_written(&show, "{\"event\":\"reaction\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"seq\":7,\"who\":\"" NONE
                          "\",\"nick\":\"bo\",\"reaction\":\"+\\u001b\",\"state\":\"taken\","
                          "\"own\":false,\"reactions\":[]}\n");
    reactions_add(&w, &(struct reactions_row){bytes_of("+"), 2, true});
    reactions_add(&w, &(struct reactions_row){bytes_of("\""), 1, false});
    show.b = written(&w);
    show.up = show.own = true;
    assert_written(&show, "{\"event\":\"reaction\",\"channel\":\"#fika\",\"author\":\"" ID
                          "\",\"seq\":7,\"who\":\"" NONE
                          "\",\"nick\":\"bo\",\"reaction\":\"+\\u001b\",\"state\":\"put\","
                          "\"own\":true,\"reactions\":[{\"reaction\":\"+\",\"count\":2,"
                          "\"own\":true},{\"reaction\":\"\\\"\",\"count\":1,\"own\":false}]}\n");
    show = (struct show){.kind = SHOW_MESSAGE, .channel = {"#fika"}, .b = written(&w)};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_show(out, &show, "");
    fclose(out);
    assert_non_null(strstr(text, ",\"reactions\":[{\"reaction\":\"+\",\"count\":2,\"own\":true},"));
    free(text);
}

static void notices_errors_and_silence(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_NICK};
    show.a = bytes_of("anna");
    assert_written(&show, "{\"event\":\"notice\",\"text\":\"you are anna now\"}\n");
    show.told = TOLD_NO_CHANNEL;
    assert_written(&show, "{\"event\":\"error\",\"text\":\"there is no channel to write to; "
                          "\\\\join #channel first\"}\n");
    show = (struct show){.kind = SHOW_CHANNEL_ROW, .channel = {"#fika"}, .n = 1};
    assert_written(&show, "{\"event\":\"notice\",\"text\":\"#fika: 1 here, 0 lines kept\"}\n");
    show = (struct show){.kind = SHOW_HELD_ROW, .channel = {"#fika"}, .n = 1};
    show.text = bytes_of("bo");
    assert_written(&show, "{\"event\":\"notice\",\"text\":\"your last line in #fika is held by "
                          "1: bo\"}\n");
    assert_written(&(struct show){.kind = SHOW_PAGE}, "");
    assert_written(&(struct show){.kind = SHOW_CURRENT}, "");
    assert_written(&(struct show){.kind = SHOW_STATUS}, "");
    assert_written(&(struct show){.kind = SHOW_STOPPED}, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(ready_event),
        cmocka_unit_test(message_event),
        cmocka_unit_test(mentions),
        cmocka_unit_test(link_and_member_events),
        cmocka_unit_test(held_events),
        cmocka_unit_test(missing_coming_and_forgotten_events),
        cmocka_unit_test(reactions),
        cmocka_unit_test(notices_errors_and_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
