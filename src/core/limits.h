/* Every bound of the system, in one place. Where one is reached, the rule is written beside it. */
#pragma once

/* What a person chooses, in bytes of UTF-8, without an end mark. */
#define LIMIT_NICK    32
#define LIMIT_CHANNEL 64                /* with its # */
#define LIMIT_TEXT    16000             /* one message; longer ones are refused with a sentence */
#define LIMIT_EDIT    (LIMIT_TEXT - 40) /* what a line is changed to: its body names the line, too */
#define LIMIT_ADDRESS 79
/* A sign put behind a line; longer ones are no sign, wider ones are cut when they are shown. And how many of one author's signs to one line
 * count, taken away ones among them: those said last. Of more different ones behind a line than are
 * shown, the most frequent are. */
#define LIMIT_REACTION         48
#define LIMIT_REACTION_COLUMNS 8
#define LIMIT_REACTIONS        16
#define LIMIT_REACTIONS_SHOWN  8

/* Entries and runs (DESIGN invariant 3). Longer ones are refused. */
#define LIMIT_BODY        (1 + LIMIT_NICK + LIMIT_TEXT)
#define LIMIT_RUN_ENTRIES 128
#define LIMIT_RUN_BYTES   (48 * 1024)               /* headers and bodies below one signature */
#define LIMIT_SEQ         (((uint64_t)1 << 40) - 1) /* a log's highest seq; above: refused */

/* Frames. A larger one ends the connection (ZMQ_MAXMSGSIZE). */
#define LIMIT_FRAME         65536
#define LIMIT_HAVE_HEADS    256 /* in one HAVE frame; more go into further frames */
#define LIMIT_BUCKETS_ORDER 10  /* 2^order buckets of heads in one BUCKETS frame */

/* Links. At the bound further inbound ones are closed, oldest unfinished first. */
#define LIMIT_LINKS           64
#define LIMIT_INBOUND         (LIMIT_LINKS * 3 / 4) /* of them: the rest is for those we dial */
#define LIMIT_INBOUND_WAITING 32                    /* accepted, not yet through HELLO */
/* A frame beyond these is dropped; the link then owes its heads when the queue drains (core.c). */
#define LIMIT_LINK_QUEUE_BYTES (4 * 1024 * 1024)
#define LIMIT_LINK_QUEUE_COUNT 4096

/* Channels and authors. At the bound: a sentence, or (authors) the entry is refused and counted. */
#define LIMIT_CHANNELS 64
#define LIMIT_LOGS     4096 /* authors in one channel */
/* Channels that are carried for others, and how many nodes on from a member that goes. A JOIN lists the
 * own ones and these. At the bounds one that nobody asks for goes, the one that was asked for longest ago; or
 * none is taken on (carry.c). */
#define LIMIT_CARRIED      128
#define LIMIT_CARRIED_LOGS 4096     /* authors in all of them together */
#define CARRY_SHARE        32       /* of them, asked for by one node */
#define CARRY_FURTHER      8        /* and so many of these are asked for further on */
#define CARRY_BYTES        64000000 /* that they take on disk, unless the user says otherwise */
#define LIMIT_TAKES        (LIMIT_CHANNELS + LIMIT_CARRIED)
#define CARRY_HOPS         3
/* ... and in one that is carried, a quarter of that. */
#define LIMIT_ANNOUNCED \
    (LIMIT_LOGS / 4)      /* authors that one link may speak of before an entry shows them */
#define LIMIT_SOURCES  4  /* links remembered as holders of what a log lacks */
#define LIMIT_BRANCHES 16 /* of one author in one channel; further ones are declined */
#define LIMIT_PASSED   4  /* heads that a branch had lately, so that they are known when heard of */

#define LIMIT_RECEIPTS \
    64 /* nodes that are counted as holders of own lines; more are not counted \
        */

/* Receipts that were passed on for others; at the bound the one that was longest of no use is forgotten. */
#define LIMIT_RELAYED 256

/* Who is there beyond one's links, over all channels. At the bound further ones are not spoken of. */
#define LIMIT_NOTES 256

/* Direct channels. At the bounds: whom one learns to know later is only looked for at the end of links; a channel
 * in which nothing was said takes the place of another such, whose node is not linked, or is not taken; a sentence; and
 * questions are not kept, cards not looked at. */
#define LIMIT_ACQUAINTED   1024
#define LIMIT_DIRECT_QUIET 32
#define LIMIT_WAITING      64   /* lines that wait for a card */
#define LIMIT_PREKEYS      8    /* own ones, the newest among them */
#define LIMIT_CARDS        4096 /* kept; the one that was heard longest ago goes */
#define LIMIT_SEEKS        16   /* of one link, that wait for a card ... */
#define LIMIT_SEEKS_ALL    (2 * LIMIT_SEEKS * LIMIT_LINKS) /* ... and of all */
#define SEEKS_PASSED       16                              /* passed on in CARD_CHECKS_MS */
#define CARD_CHECKS        64 /* CARDs and SEEKs of one link in CARD_CHECKS_MS */
#define CARD_CHECKS_MS     10000
#define PREKEY_RENEW_MS    (7 * 86400000ull) /* its age when it gets a successor ... */
#define PREKEY_GONE_MS     (7 * 86400000ull) /* ... and how long after that it is destroyed */
#define PREKEY_FRESH_MS    86400000          /* younger ones are good enough for who asks */
#define PREKEY_LOOK_MS     600000            /* between two looks at their age */
#define WAITING_TOLD_MS    2000              /* before a line that waits for a card is spoken of */
#define LIMIT_CLOSED       128               /* lines that are to be asked for again */
#define READ_EVERY_MS      10000             /* between two read marks of a channel */
#define RESEAL_LINES       64 /* of one ask; and sealed again in RESEAL_HOUR_MS for one other */
#define RESEAL_HOUR_MS     3600000
#define RESEAL_GATHER_MS   2000   /* after a line that cannot be opened, before it is asked for */
#define RESEAL_EVERY_MS    600000 /* between two asks of a channel */
#define RESEAL_TRIES       3      /* asks while nothing of the other's can be opened */
#define RESEAL_AGE_MS      (30 * 86400000ull) /* older lines are not asked for, and not given */
#define DIRECT_A_TICK      8                  /* direct ids that are computed at once */

/* Private channels. At the bounds: a sentence; further acts do nothing here; of invitations the oldest goes; further keys are not
 * kept, people are sealed to by who knows them, and requests are not answered. */
#define LIMIT_MEMBERS      256  /* in one at once */
#define LIMIT_PERSON_NODES 65   /* of one person, let in or removed together */
#define LIMIT_ACTS         4096 /* in one channel ... */
#define LIMIT_ACTS_BY \
    512 /* ... of one author; the founder may have so many more than all others: */
#define LIMIT_ACTS_KEPT   1024
#define LIMIT_GROUP_KEYS  1024 /* secrets whose epoch is not held, of one channel */
#define LIMIT_INVITATIONS 32
#define LIMIT_PEOPLE      1024    /* members of all, whose cards are kept at hand */
#define LIMIT_GROUP_ASKED 16      /* requests for keys that are to be answered */
#define KEYS_ONCE         390     /* secrets in one KEYS */
#define LIMIT_KEYS_ASKED  32      /* epochs in one request for them */
#define KEYS_AGAIN_MS     3600000 /* before one is asked for the same again */
#define KEYS_NEXT_MS      600000  /* ... and of another who may know it */
#define KEYS_SOON_MS      60000   /* who made it: sooner at first, each time twice that ... */
#define KEYS_TRIES        6       /* ... so often */
#define KEYS_ANSWERS \
    128 /* to one who asks, in that time: all that there may be; further requests are passed over */
#define KEYS_WAIT_MS       3000  /* what is to come by itself has time before it is asked for */
#define GROUP_COMPARE_MS   30    /* heads are compared so long after somebody was let in */
#define GROUP_SEEK_MS      10000 /* between two questions for cards of members ... */
#define GROUP_SEEKS        12    /* ... and so many of them */
#define GROUP_SEEK_LAST_MS 3600000
#define GROUP_SAY_MS \
    300 /* what was typed before one was let in waits so long: one may be out again by what comes next */
#define GROUP_TELL_MS 250 /* between two words about lines that wait for a key */

/* Addresses that may be dialled. At the bound the one that failed longest is let go. */
#define LIMIT_ADDRESSES 256
#define LIMIT_HOST_ADDRESSES \
    16 /* of them, heard by beacon from one host: it may not fill the table; at the bound likewise */
#define LIMIT_LIKELY \
    32 /* of them, where nodes that dialled this one say that they listen; at the bound likewise */
#define LIMIT_SHUNNED 64
#define LIMIT_REFUSED 4096 /* devices that were revoked; further ones may link */
#define LIMIT_BLOCKED 256  /* whom the user blocks; more are refused with a sentence */

/* Who is linked to whom (choice.c), and address records. At the bounds: a record takes another's place, by
 * chance, or none; whoever comes gives way to others, or is sent away. */
#define LINKS_MESH             12    /* nodes, of which each is linked to all */
#define LINKS_LEAST            6     /* among more than that: links that a node wants ... */
#define LINKS_MOST             8     /* ... and keeps, beside those that its user asked for */
#define LINKS_TENURE_MS        10000 /* before a link may have to give way to another */
#define LINKS_CHANGE_MS        600000 /* on the average, between two links that are changed for others */
#define KIN_LINKS              2      /* of them, to members of each channel that few take */
#define KIN_DELAY_MS           200   /* before those who share one are told of each other ... */
#define KIN_TOLD_MS            30000 /* ... and between two times */
#define LIMIT_RECORDS          40
#define LIMIT_RECORD_ADDRESSES 4
#define LIMIT_RECORD           (32 + 8 + 4 + 1 + LIMIT_RECORD_ADDRESSES * (1 + LIMIT_ADDRESS) + 64)
#define LIMIT_PEERS            12    /* records in one PEERS ... */
#define PEERS_MANY             4     /* ... and where there are many nodes */
#define RECORD_LASTS_S         7200  /* an own record */
#define RECORD_LASTS_MOST_S    86400 /* another's */
#define RECORD_RENEW_MS        1800000
#define SPARES_CHECKS          64    /* signatures of records at once ... */
#define SPARES_CHECKS_S        8     /* ... and then a second */
#define SPARE_EVERY_MS         1000  /* between two dials of nodes that are known by records */
#define PEERS_EVERY_MS         60000 /* on the average, to one link */
#define PEERS_GAP_MS           5000  /* more of them from one link are passed over */

/* Links through two routers (punch.c). At the bound who was longest of no use is forgotten. */
#define LIMIT_PUNCHED   16
#define PUNCH_AFTER_MS  3000  /* so long dials have time before */
#define PUNCH_ANSWER_MS 3000  /* from ASK to READY */
#define PUNCH_MS        15000 /* of dialling */
#define PUNCH_SYNS      12    /* dials in that time, at most */
#define PUNCH_TRIES     3     /* one in ... */
#define PUNCH_AGAIN_MS  60000
#define PUNCH_RARE_MS   600000 /* ... and then one in this */
#define PUNCH_BURST     4      /* with whomever; then ... */
#define PUNCH_REFILL_MS 15000  /* ... one in this */
#define PUNCH_CHECKS    48     /* frames of one link in PUNCH_AGAIN_MS; what is beyond is dropped */

/* Catching up. */
#define LIMIT_WANT_BYTES (256 * 1024)                   /* what one WANT may bring */
#define LIMIT_WANTS      64                             /* unanswered WANTs on one link */
#define LIMIT_ANSWERS    (LIMIT_WANTS + LIMIT_CHANNELS) /* and BODIES, one a channel */

/* What is said just now, and shown: so many lines of one author in one channel at once, and then a second; so many of
 * all those on one link that have not said QUOTA_NEW lines there yet, since identities cost nothing. Beyond that they
 * are shown folded. History, and what is stored or passed on, is not counted. A line longer than QUOTA_LINE_BYTES counts
 * as several. */
#define QUOTA_LINES      256
#define QUOTA_LINES_S    4
#define QUOTA_NEW        64
#define QUOTA_LINK       512
#define QUOTA_LINK_S     8
#define QUOTA_LINE_BYTES 1000

/* Faces. When a face does not read, the node stops reading links until it does. */
#define LIMIT_DOOR_QUEUE 128         /* messages on their way */
#define LIMIT_DOOR_BYTES (64 * 1024) /* in one, unless a single show is larger */

/* Times. */
#define HELLO_DEADLINE_MS 3000
#define HELLO_FAR_MS      20000 /* the same where links go a long way round, through a proxy */
#define PING_EVERY_MS     5000
#define PING_LATE_MS      1000 /* a link is silent when nothing came for so long past a ping */
#define LINK_SILENCE_MS   12000
#define SUSPECT_MS \
    1500 /* ... after a change of network: from the question whether it is there, and */
#define SUSPECT_RTTS   8 /* so many of its round trips */
#define CHANGES_MAX    5 /* of the network, that are acted on at once; then one in CHANGES_MS */
#define CHANGES_MS     5000
#define HAVE_DELAY_MS  10 /* receipts wait this long for company */
#define HOP_WORTH_MS   60 /* so much later a push may be, for each node less that it came over */
#define HOPS_DEEP      5 /* over so many nodes: others are looked for who are nearer to the author */
#define HOPS_FAR       8     /* ... and taken, if they are nearer at all; before by two nodes */
#define LAZY_WANT_MS   150   /* before asking for what the author's own link should push */
#define DOUBT_MS       60000 /* how long a source that did not answer is asked last */
#define JOINS_MAX      (4 * LIMIT_TAKES) /* of one link in JOINS_MS; more end it */
#define JOINS_MS       10000
#define CARRY_DELAY_MS 20 /* what others ask for is looked at together ... */
#define CARRY_CHANGES  16 /* ... so often in JOINS_MS, and what is carried may change then */
#define CARRY_AGAIN_MS \
    3600000 /* what was let go of and is still asked for is not carried again before; then twice that ... */
#define CARRY_LAST_MS  86400000
#define CARRY_NOTED_MS 86400000   /* that it is asked for is written down so often */
#define CARRY_OFFER_MS 2592000000 /* what nobody asks for any more is offered so long (30 days) */
#define NOTE_EVERY_MS  120000     /* a note is said again after this ... */
#define NOTE_LIFE_MS   300000     /* ... and runs out after this */
#define NOTE_GAP_MS    10000      /* and no sooner because a link was lost */
#define NOTES_NODES    40         /* that are known: then there are too many for notes ... */
#define NOTES_FEW      12         /* ... until there are no more than so many */
#define CROWD_MS \
    3600000 /* a channel is called large for so long, where so many are heard of in it */
#define NOTES_TOLD        16  /* at once to one that comes */
#define NOTE_CHANGES      12  /* of one node in NOTE_EVERY_MS; more are not heard */
#define NOTE_CHECKS       512 /* of one link in NOTE_CHECKS_MS; likewise */
#define NOTE_CHECKS_MS    10000
#define HOLDING_EVERY_MS  500 /* between two rounds of receipts to who is far ... */
#define HOLDING_AT_ONCE   16  /* ... of so many logs at most */
#define HOLDING_CHECKS    256 /* of one link in HOLDING_CHECKS_MS; more are not heard */
#define HOLDING_CHECKS_MS 10000
#define HISTORY_TOLD_LEAST \
    10 /* earlier entries: fewer come without a word, and may be no lines at all */
#define HISTORY_TOLD_MS  10000 /* between two words about how much is coming */
#define COMING_EVERY_MS  250   /* between two counts of it */
#define RECHECK_MS       15000 /* between comparisons of heads while there are holes or unknown bases */
#define GAP_TOLD_MS      1000  /* how old a hole is before it is spoken of, and between two words */
#define ADOPT_WAIT_MS    3000  /* how long own lines wait for older own ones that others hold */
#define BODIES_WAIT_MS   1000  /* bodies that are missing are asked for in company */
#define BODIES_AGAIN_MS  30000 /* all were asked for them in vain: until they are asked again ... */
#define BODIES_EVERY_MS  10000 /* ... or, where news came, after that */
#define BODIES_LAST_MS   3600000 /* ... each time twice as long, up to */
#define TAIL_LINES       2048 /* newest lines of a channel that are asked for before the rest ... */
#define TAIL_LEAST       8    /* ... of each log at least, and at most: */
#define TAIL_MOST        64
#define PROBE_FIRST      16    /* how far below a fork is looked for first; then twice as far */
#define ASK_PACE_MS      20    /* between two looks at whom to ask next, where nothing new came */
#define ASK_AGAIN_MS     10000 /* before one that did not answer is asked again */
#define WANT_LAST_MS     30000 /* however busy the link is with other answers */
#define WANT_DEADLINE_MS 3000
#define DIAL_BURST       8   /* unasked dials at once; then one a second */
#define DIAL_GIVE_UP     3   /* failures after which a heard address is let go */
#define BEACON_GAP_MS    200 /* between two beacons, whoever may ask */
#define BEACON_IDLE_MS   60000
#define REDIAL_FIRST_MS  500
#define REDIAL_LAST_MS   60000
#define REDIAL_RARE_MS \
    3600000                /* an address that worked, and was not typed, is tried for ever; so */
#define DIAL_HEARD_MS 5000 /* one that waits for long is tried so soon after a beacon from there */
