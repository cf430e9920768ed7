/* Carry: brings a link to the desktop, or a text to the clipboard of the terminal, and says so in the
 * view; asks first where the reader did not mean it for the clipboard. */
#pragma once

#include "ui/terminal.h"
#include "ui/view.h"

struct carry {
    char *offered; /* a link that waits for an answer; NULL: none */
};

void carry_release(struct carry *carry);
/* Opens the link where a desktop is at hand; elsewhere shows it, and asks. */
void carry_link(struct carry *carry, struct view *view, const char *link, size_t size,
                uint64_t wall_ms);
/* Puts the text on the clipboard. */
void carry_text(struct view *view, const struct terminal *terminal, const char *text, size_t size,
                uint64_t wall_ms);
/* True while it asks; the answer. */
bool carry_asks(const struct carry *carry);
void carry_answer(struct carry *carry, struct view *view, const struct terminal *terminal, bool yes,
                  uint64_t wall_ms);
/* Draws what it asks into the last of `rows` rows; nothing when it does not. */
void carry_paint(const struct carry *carry, struct cell *cells, int width, int rows);
