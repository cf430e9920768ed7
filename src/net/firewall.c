/* Firewall: what can be seen of one. Its rules are not read: what they mean for a port is a question
 * without a short answer, and the user can ask the tool that made them. So it is named, no more. */
#include "net/firewall.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#endif

static bool ufw_is_on(void)
{
    char line[256];
    bool on = false;
    FILE *file = fopen("/etc/ufw/ufw.conf", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        on = on || strncmp(line, "ENABLED=yes", 11) == 0;
    if (file != NULL)
        fclose(file);
    return on;
}

/* Chains that hang on a hook, in this network namespace; without the rights to ask: none. */
static bool nft_is_on(void)
{
    bool found = false;
#ifdef __linux__
    struct {
        struct nlmsghdr header;
        struct nfgenmsg body;
    } ask = {
        .header = {.nlmsg_len = sizeof ask,
                   .nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETCHAIN,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0},
    };
    union {
        struct nlmsghdr header;
        char bytes[16384];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (fd >= 0 && send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask) {
        ssize_t size =
            recv(fd, &answer, sizeof answer, 0); /* a dump's first part is there at once */
        found = size >= (ssize_t)sizeof answer.header &&
                answer.header.nlmsg_type == ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWCHAIN);
    }
    if (fd >= 0)
        close(fd);
#endif
    return found;
}

void firewalls_find(struct firewalls *found)
{
    found->ufw = ufw_is_on();
    found->firewalld =
        access("/run/firewalld.pid", F_OK) == 0 || access("/run/firewalld", F_OK) == 0;
    found->nft = nft_is_on();
}
