/* Any typed line: what a request names is allowed, what it borrows lies in the line, and sentences
 * are fit to be shown. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const struct request *request, const char *line, size_t size)
{
    const char *text = (const char *)request->text.at;
    if (request->channel.text[0])
        CHECK(channel_name_ok(request->channel.text));
    if (request->kind == REQUEST_NICK)
        CHECK(nick_ok(request->nick.text));
    if (text >= line && text <= line + size)
        CHECK(request->text.size <= size - (size_t)(text - line));
    else if (request->kind == REQUEST_REACT) /* a picture by its name */
        CHECK(request->text.size >= 1 && request->text.size <= 4);
    else
        CHECK(request->text.size == 0 || strcmp(text, "localhost") == 0);
    if (request->kind == REQUEST_FORGET)
        CHECK(request->count >= 1 && request->count <= 1000);
    if (request->kind == REQUEST_REACT) {
        char tame[3 * LIMIT_REACTION + 4];
        CHECK(request->text.size >= 1 && request->text.size <= LIMIT_REACTION);
        CHECK(text_tame(tame, sizeof tame, text, request->text.size, TAME_LINE) > 0);
    }
    if (request->kind == REQUEST_SAY)
        CHECK(request->text.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size > 0 ? size : 1);
    char out[256];
    CHECK(line != NULL);
    if (size > 0)
        memcpy(line, data, size);

    struct typed typed = command_read(line, size);
    if (typed.kind == TYPED_REQUEST)
        check_request(&typed.request, line, size);
    if (typed.kind == TYPED_HEEDING) {
        static struct heed heed;
        static struct heeding_answer answer;
        heeding_do(&heed, &typed.heeding, "#fika", &answer);
        size_t length = strlen(answer.text);
        CHECK(length > 0 && utf8_valid(answer.text, length));
    }
    if (typed.kind == TYPED_ERROR) {
        size_t length = strlen(typed.text);
        CHECK(length > 0 && utf8_valid(typed.text, length));
        CHECK(text_tame(out, sizeof out, typed.text, length, TAME_LINE) == length);
    }
    if (typed.kind == TYPED_HELP)
        for (size_t i = 0; command_help_line(typed.command, i, out, sizeof out); i++)
            CHECK(i < 100);
    for (size_t n = 0; command_complete(line, size, n, out, sizeof out); n++)
        CHECK(n < 100 && strlen(out) > 0);
    free(line);
    return 0;
}
