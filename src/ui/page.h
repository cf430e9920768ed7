/* Page: a text over the lines, to be scrolled and closed: what \help shows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ui/cells.h"

#define PAGE_TEXT_MAX 32768 /* what is longer is cut */

struct page;

struct page *page_new(void);
void page_free(struct page *page);
/* Shows a text of lines (valid UTF-8), the first of which is its title, from its top. */
void page_open(struct page *page, const char *text);
/* The same, without a title: its first `rows` lines are a picture in black on white. */
void page_open_picture(struct page *page, const char *text, int rows);
void page_close(struct page *page);
bool page_is_open(const struct page *page);
/* Carries out an action of keys.h: true when it was the page's. `empty`: nothing is typed, so that
 * Enter closes it as Escape does. */
bool page_do(struct page *page, int action, bool empty);
void page_scroll(struct page *page, int rows);
/* Draws it over `rows` rows of `width` cells. */
void page_paint(struct page *page, struct cell *cells, int width, int rows);
