/* Argument: the words of what was typed behind a command's name. */
#pragma once

#include <stddef.h>

#include "base/bytes.h"

bool argument_blank(char c);
/* Without the blanks before and behind. */
struct bytes argument_trimmed(const char *at, size_t size);
/* Takes the first word off the front of rest, with the blanks behind it. */
struct bytes argument_word(struct bytes *rest);
/* Upper and lower case alike. */
bool argument_is(struct bytes word, const char *name);
/* A typed word as a sentence may repeat it: tamed, cut to 40 columns. */
#define ARGUMENT_REPEATED 120
void argument_repeat(struct bytes word, char *out, size_t room);
