/* QR: a text as a picture that a phone reads off the screen, two squares to a letter. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define QR_ROOM 16384 /* room for any picture that fits a screen */

/* Which squares are letters: the dark ones, where the caller draws black on white; or the light ones,
 * where letters are light and the ground is dark. */
enum qr_letters { QR_DARK, QR_LIGHT };

/* Draws the text (letters of any case, which it makes capitals, digits, and : . / - + $ % *) into at
 * most `rows` lines of UTF-8, each with its line end, with a margin of two squares, or one where there
 * is no room for two. Returns how many lines; 0 when it does not fit in them, or in QR_ROOM. */
int qr_write(const char *text, enum qr_letters letters, int rows, char out[QR_ROOM]);
/* How many columns wide the picture is. */
int qr_columns(const char *picture);
