/* Group: private channels, the flow (PROTOCOL.md section 12). */
#include "core/group.h"

void group_request(struct core *core, const struct request *request)
{
    const struct channel *channel = request_meant(core, &request->channel);
    if (channel != NULL)
        emit_told(core, TOLD_NOT_PRIVATE, channel->name.text, NULL, 0);
}
