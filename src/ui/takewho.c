/* Take: whom a command is about, and who is let in. */
#include <stdio.h>
#include <string.h>

#include "base/tr.h"
#include "ui/argument.h"
#include "ui/take.h"

/* "30m", "12h", "7d" as minutes; 0 for anything else. */
static uint32_t minutes_of(struct bytes word)
{
    uint32_t number = 0;
    if (word.size < 2 || word.size > 4)
        return 0;
    for (size_t i = 0; i + 1 < word.size; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return 0;
        number = number * 10 + (uint32_t)(word.at[i] - '0');
    }
    switch (word.at[word.size - 1]) {
    case 'm': return number;
    case 'h': return number * 60;
    case 'd': return number * 60 * 24;
    default: return 0;
    }
}

/* "5", "90s": a time, or meant as one. */
static bool looks_like_time(struct bytes word)
{
    size_t digits = 0;
    while (digits < word.size && word.at[digits] >= '0' && word.at[digits] <= '9')
        digits++;
    return digits > 0 && digits < 8 && word.size - digits <= 1;
}

/* Who is let into a private channel; false when it is a word about the network's invite. */
static bool take_guest(struct typed *typed, struct bytes argument)
{
    struct request *request = &typed->request;
    struct bytes word = argument_word(&argument);
    if (word.size == 0 || argument_is(word, "once") || looks_like_time(word))
        return false;
    *request = (struct request){.kind = REQUEST_ADMIT, .text = word};
    while (argument.size > 0 && typed->kind != TYPED_ERROR) {
        word = argument_word(&argument);
        if (argument_is(word, "history") && !request->history)
            request->history = true;
        else if (argument_is(word, "inviter") && !request->inviter)
            request->inviter = true;
        else
            take_say_usage(typed);
    }
    return true;
}

void take_removed(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument_word(&argument);
    if (typed->request.text.size == 0 || argument.size > 0)
        take_say_usage(typed);
}

void take_invite(struct typed *typed, struct bytes argument)
{
    if (take_guest(typed, argument))
        return;
    while (argument.size > 0 && typed->kind != TYPED_ERROR) {
        struct bytes word = argument_word(&argument);
        uint32_t minutes = minutes_of(word);
        bool once = argument_is(word, "once");
        if (once && !typed->request.once)
            typed->request.once = true;
        else if (minutes > 0 && typed->request.minutes == 0)
            typed->request.minutes = minutes;
        else
            take_say_usage(typed);
    }
}

/* "nick", or "nick digits". */
static void take_name(struct typed *typed, struct bytes argument)
{
    struct bytes rest = argument;
    argument_word(&rest);
    argument_word(&rest);
    typed->request.text = argument;
    if (rest.size > 0)
        take_say_usage(typed);
}

void take_person(struct typed *typed, struct bytes argument)
{
    typed->request.put = true;
    take_name(typed, argument);
}

void take_no_person(struct typed *typed, struct bytes argument)
{
    take_name(typed, argument);
    if (argument.size == 0)
        take_say_usage(typed);
}

/* A label may have spaces in it. */
void take_device(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
    if (argument.size == 0)
        take_say_usage(typed);
}

static const char CODE_BEGINS[] = "fika-verify:";

static bool begins_code(struct bytes word)
{
    size_t size = strlen(CODE_BEGINS);
    return word.size >= size && argument_is((struct bytes){word.at, size}, CODE_BEGINS);
}

/* The digits of a code, as the other one shows it; one that was copied out of two rows has blanks in it. */
static bool read_code(struct bytes typed, struct id *code)
{
    char digits[ID_HEX_SIZE] = "";
    size_t count = 0;
    for (size_t i = strlen(CODE_BEGINS); i < typed.size; i++) {
        if (argument_blank((char)typed.at[i]))
            continue;
        if (count == ID_HEX_SIZE - 1)
            return false;
        digits[count++] = (char)(typed.at[i] | 0x20); /* a QR code has capitals */
    }
    return count == ID_HEX_SIZE - 1 && hex_read(code->b, sizeof code->b, digits);
}

static void take_code(struct typed *typed, struct bytes name, struct bytes code)
{
    if (name.size == 0) {
        take_say_usage(typed);
        return;
    }
    typed->request.verdict = VERDICT_CODE;
    take_name(typed, name);
    if (typed->kind == TYPED_ERROR || read_code(code, &typed->request.id))
        return;
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text,
             _("that code is not whole, or has a slip in it: behind %s stand %d "
               "letters and digits; copy it again"),
             CODE_BEGINS, ID_HEX_SIZE - 1);
}

void take_verify(struct typed *typed, struct bytes argument)
{
    struct request *request = &typed->request;
    struct bytes rest = argument, word = {argument.at, 0}, name = {argument.at, 0};
    size_t words = 0;
    for (; rest.size > 0; words++) {
        name.size = (size_t)(word.at + word.size - argument.at); /* up to the last but one */
        word = argument_word(&rest);
        if (begins_code(word)) {
            take_code(typed, name,
                      (struct bytes){word.at, (size_t)(argument.at + argument.size - word.at)});
            return;
        }
    }
    bool verdict = words > 1;
    if (verdict && argument_is(word, "yes"))
        request->verdict = VERDICT_YES;
    else if (verdict && argument_is(word, "no"))
        request->verdict = VERDICT_NO;
    take_name(typed, request->verdict != VERDICT_NONE ? name : argument);
}
