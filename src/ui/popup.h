/* Popup: what stands for a moment over the lowest lines of the view: a list to choose from, or a
 * sentence. */
#pragma once

#include "ui/cells.h"
#include "ui/complete.h"

#define POPUP_ROWS_MAX 8

/* Draws the part of the list around the chosen candidate (-1: none) into the last of `rows` rows of
 * `width` cells, from `column` on where it fits: there the names stand, behind their marks. */
void popup_list(const struct completion *list, int chosen, int column, struct cell *cells,
                int width, int rows);
/* Draws a sentence into the last of `rows` rows, or as many of the last as it takes; returns how
 * many. */
int popup_sentence(const char *text, struct cell *cells, int width, int rows);
/* The first of these, which say the same in ever fewer words, that fits in so many rows; the last one when none
 * does. NULL ends them. */
const char *popup_fitting(const char *const *texts, int width, int rows);
