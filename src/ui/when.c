/* When: a wall clock as people and programs read it. A peer's clock may hold any number, also one
 * that no calendar has. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/template.h"
#include "ui/words.h"

/* The end of the year 9999, RFC 3339's last. */
#define WALL_LAST_MS ((uint64_t)253402300799999)

static void write_two_digits(char *out, int value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

unsigned words_minute(uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL)
        return 0;
    return (unsigned)(local.tm_hour * 60 + local.tm_min);
}

void words_clock(uint64_t wall_ms, char out[6])
{
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    memcpy(out, "--:--", 6);
    if (localtime_r(&seconds, &tm)) {
        write_two_digits(out, tm.tm_hour);
        write_two_digits(out + 3, tm.tm_min);
    }
}

uint32_t words_day_number(uint64_t wall_ms)
{
    struct tm tm;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (wall_ms > WALL_LAST_MS || localtime_r(&seconds, &tm) == NULL)
        return 0;
    return (uint32_t)(tm.tm_year + 1900) * 10000 + (uint32_t)(tm.tm_mon + 1) * 100 +
           (uint32_t)tm.tm_mday;
}

void words_day(uint64_t wall_ms, char out[WORDS_DAY_MAX])
{
    static const char *const days[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                       N_("Thu"), N_("Fri"), N_("Sat")};
    static const char *const months[] = {N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"),
                                         N_("May"), N_("Jun"), N_("Jul"), N_("Aug"),
                                         N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")};
    struct tm tm;
    char year[16];
    time_t seconds = (time_t)(wall_ms / 1000);
    struct writer w = writer_of(out, WORDS_DAY_MAX - 1);
    if (wall_ms <= WALL_LAST_MS && localtime_r(&seconds, &tm) != NULL) {
        snprintf(year, sizeof year, "%d", tm.tm_year + 1900);
        TEMPLATE(&w, _("{weekday} {day} {month} {year}"), {"weekday", tr(days[tm.tm_wday % 7]), 0},
                 {"day", NULL, (uint64_t)tm.tm_mday}, {"month", tr(months[tm.tm_mon % 12]), 0},
                 {"year", year, 0});
    }
    out[w.size] = '\0';
}

void words_time(uint64_t wall_ms, char out[32])
{
    struct tm tm;
    if (wall_ms > WALL_LAST_MS)
        wall_ms = WALL_LAST_MS;
    time_t seconds = (time_t)(wall_ms / 1000);
    CHECK(gmtime_r(&seconds, &tm) != NULL);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    write_two_digits(out, (tm.tm_year + 1900) / 100);
    write_two_digits(out + 2, tm.tm_year + 1900);
    write_two_digits(out + 5, tm.tm_mon + 1);
    write_two_digits(out + 8, tm.tm_mday);
    write_two_digits(out + 11, tm.tm_hour);
    write_two_digits(out + 14, tm.tm_min);
    write_two_digits(out + 17, tm.tm_sec);
    write_two_digits(out + 20, (int)(wall_ms % 1000 / 10));
    out[22] = (char)('0' + wall_ms % 10);
}
