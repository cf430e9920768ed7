/* Report. The node gets some time before it is asked, so that what it tries at its start has come to an
 * end; all of it stays below five seconds. */
#include "app/report.h"

#include <poll.h>
#include <stdio.h>

#include "app/clock.h"
#include "ui/findings.h"
#include "ui/json.h"

#define WAIT_MS  2600 /* so that dials are over when what is probed then has come back (doctor.c) */
#define LIMIT_MS 7000 /* a node that hangs is not waited for */

struct report {
    struct door *door;
    struct findings findings;
    bool json, stopped, stopping, possible;
};

static void stop(struct report *report)
{
    struct request request = {.kind = REQUEST_STOP};
    report->stopping = report->stopping || door_request(report->door, &request);
}

static void take(struct report *report, const struct show *show)
{
    if (show->kind == SHOW_STOPPED)
        report->stopped = true;
    if (show->kind != SHOW_FINDING && show->kind != SHOW_FINDINGS_END)
        return;
    if (report->json)
        json_show(stdout, show, "");
    else if (show->kind == SHOW_FINDING)
        findings_add(&report->findings, show);
    if (show->kind != SHOW_FINDINGS_END)
        return;
    if (!report->json)
        puts(report->findings.text);
    fflush(stdout);
    report->possible = show->up;
    stop(report);
}

bool report_run(struct door *door, bool json, int signal_fd)
{
    static struct report report;
    struct request ask = {.kind = REQUEST_DOCTOR, .wait_ms = WAIT_MS};
    struct show show;
    uint64_t until_ms = clock_now_us() / 1000 + LIMIT_MS;
    report = (struct report){.door = door, .json = json};
    findings_begin(&report.findings);
    door_request(door, &ask);
    while (!report.stopped && clock_now_us() / 1000 < until_ms) {
        zmq_pollitem_t items[] = {door_poll(door), {NULL, signal_fd, ZMQ_POLLIN, 0}};
        door_flush(door);
        if (!door_has_more(door))
            zmq_poll(items, 2, 100);
        if (items[1].revents != 0 && !report.stopping)
            stop(&report);
        while (door_next_show(door, &show))
            take(&report, &show);
    }
    return report.possible;
}
