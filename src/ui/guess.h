/* Guess: which command was probably meant by a word that is none. */
#pragma once

#include "ui/command.h"

/* Makes an error of typed that repeats the word behind its mark (\ or /), with the nearest name. */
void guess_unknown(struct typed *typed, char mark, struct bytes word);
/* The same of a word behind \help, with the nearest topic or command, or else all topics. */
void guess_help(struct typed *typed, struct bytes word);
