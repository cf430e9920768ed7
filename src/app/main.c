/* fika: a chat in the terminal without a server.
 *
 * Two threads of ours, which share no socket and no memory: this one runs the face (session.c), the
 * other the node (node.c); the door is between them. What can fail is opened here, before the
 * screen is taken, so that it ends in a sentence and a status.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "app/archive.h"
#include "app/identity.h"
#include "app/joining.h"
#include "app/kept.h"
#include "app/language.h"
#include "app/locking.h"
#include "app/node.h"
#include "app/report.h"
#include "app/sandbox.h"
#include "app/session.h"
#include "base/tr.h"
#include "net/address.h"
#include "net/names.h"
#include "store/vault.h"
#include "ui/outside.h"
#include "ui/terminal.h"
#include "ui/words.h"

#define STATUS_FAILED 1
#define STATUS_USAGE  2
#define SCREEN_LINES  200 /* what the full screen asks for at start: more than fits in any */
#define DESCRIPTORS   1024

static int signal_pipe[2];
static enum sandbox_wish wish;
static struct termios terminal_before;
static bool has_terminal;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define CRASHES (sizeof crashes / sizeof *crashes)
static struct sigaction crash_before[CRASHES];

static void on_signal(int number)
{
    int kept = errno;
    if (number != SIGWINCH && number != SIGCONT && number != SIGCHLD)
        session_must_end();
    uint8_t byte = (uint8_t)number;
    /* A full pipe has told enough already. */
    if (write(signal_pipe[1], &byte, 1) < 0)
        errno = kept;
    errno = kept;
}

static void give_terminal_back(void)
{
    if (terminal_abandon() && has_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

/* A reader that does not read, or a disk that hangs, holds up a thread: after a second it is left
 * behind. All that was confirmed is on disk. */
static void on_alarm(int number)
{
    (void)number;
    give_terminal_back();
    _exit(0);
}

/* Goes on to what would have happened: the core file, or a sanitizer's report. */
static void on_crash(int number, siginfo_t *info, void *context)
{
    give_terminal_back();
    for (size_t i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &crash_before[i], NULL);
    (void)context;
    if (info->si_code <= 0) /* sent; a fault comes again by itself */
        raise(number);
}

/* Descriptors 0 to 2 that were closed at start would become files of ours, and be written to. */
static void fill_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(STATUS_FAILED);
}

/* What is ignored from the start (nohup) stays ignored. */
static void take_signal(int number, const struct sigaction *action)
{
    struct sigaction before;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

static bool take_signals(void)
{
    static const int NUMBERS[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT, SIGCHLD};
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe(signal_pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
        fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
    }
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++)
        take_signal(NUMBERS[i], &action);
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO;
    for (size_t i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &action, &crash_before[i]);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, on_alarm);
    has_terminal = tcgetattr(STDIN_FILENO, &terminal_before) == 0;
    return true;
}

static int fail(const struct error *error)
{
    char sentence[512];
    error_text(error, sentence, sizeof sentence);
    fprintf(stderr, "fika: %s\n", sentence);
    return STATUS_FAILED;
}

static enum session_face choose_face(const struct options *options)
{
    if (options->face == FACE_JSON)
        return SESSION_JSON;
    if (options->face == FACE_LINES || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return SESSION_LINES;
    return SESSION_TUI;
}

/* The signals are this thread's alone, so that the node's never sees one. */
static bool start_thread(pthread_t *thread, struct node *node)
{
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < CRASHES; i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, node_run, node);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

/* A node that hangs (a disk that does not answer) is not waited for. */
static void join_or_leave(pthread_t thread, void *context, int64_t unreceived)
{
    if (unreceived < 0) {
        fflush(NULL);
        _exit(0);
    }
    pthread_join(thread, NULL);
    zmq_ctx_term(context);
}

static void say_unreceived(int64_t lines)
{
    char sentence[512];
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_NOT_HANDED, .n = (uint64_t)lines};
    if (lines <= 0)
        return;
    words_told(&show, sentence, sizeof sentence);
    fprintf(stderr, "fika: %s\n", sentence);
}

/* As the command line or the configuration says. */
static uint64_t carry_bytes(const struct profile *profile, const struct options *options)
{
    return options->carry_given ? options->carry_bytes : profile->config.carry_bytes;
}

static int talk(struct node_config *config, const struct options *options)
{
    struct error error;
    pthread_t thread;
    struct node *node = node_new(config, &error);
    if (node == NULL)
        return fail(&error);
    struct session_config face = {.door = door_open_face(config->context),
                                  .profile = config->profile,
                                  .face = choose_face(options),
                                  .expects_links = config->discovery ||
                                                   options->address_count > 0 || options->invited,
                                  .carry_bytes = carry_bytes(config->profile, options),
                                  .theme = config->profile->config.theme,
                                  .signal_fd = signal_pipe[0]};
    struct session *session = face.door != NULL ? session_open(&face) : NULL;
    if (session == NULL || !start_thread(&thread, node)) {
        error_set(&error, ERROR_SOCKET, _("no thread could be started"));
        return fail(&error);
    }
    int64_t unreceived = session_run(session);
    say_unreceived(unreceived);
    door_close(face.door, 0);
    join_or_leave(thread, config->context, unreceived);
    return 0;
}

/* The report alone, in a few seconds; the status says whether talking is possible. */
static int examine(struct node_config *config, const struct options *options)
{
    struct error error;
    pthread_t thread;
    struct node *node = node_new(config, &error);
    if (node == NULL)
        return fail(&error);
    struct door *door = door_open_face(config->context);
    if (door == NULL || !start_thread(&thread, node)) {
        error_set(&error, ERROR_SOCKET, _("no thread could be started"));
        return fail(&error);
    }
    bool possible = report_run(door, options->face == FACE_JSON, signal_pipe[0]);
    door_close(door, 0);
    pthread_join(thread, NULL);
    zmq_ctx_term(config->context);
    return possible ? 0 : STATUS_FAILED;
}

/* With a proxy nothing goes beside it: what is written there wrongly is no reason to do without. */
static bool choose_ways(struct node_config *config, const struct options *options,
                        struct error *error)
{
    const char *written = config->profile->config.socks;
    if (options->socks[0] != '\0')
        memcpy(config->ways.proxy, options->socks, sizeof options->socks);
    else if (written[0] != '\0' && !options_read_proxy(written, config->ways.proxy)) {
        error_set(error, ERROR_PROXY, written);
        return false;
    }
    if (config->ways.proxy[0] != '\0')
        config->ways.listen = options->port_given ? LISTEN_LOOPBACK : LISTEN_NOWHERE;
    return true;
}

/* What holds secrets for as long as the program runs: in guarded memory, which is neither swapped nor in
 * a core file, and is wiped. */
struct own {
    struct profile profile;
    uint8_t network_secret[32];
};

/* A profile is made where there is none, but not by a name mistyped for what one is looked into. */
static bool is_missing(const struct options *options)
{
    bool makes = options->act == ACT_IDENTITY
                     ? options->identity == IDENTITY_RESTORE
                     : options->act != ACT_UNLOCK && options->act != ACT_EXPORT;
    return !makes && options->profile[0] != '\0' && !profile_is_there(options->profile);
}

static int run_with(struct own *own, struct options *options)
{
    struct profile *profile = &own->profile;
    struct error error;
    enum session_face face = choose_face(options);
    struct node_config config = {
        .profile = profile, .options = options, .network_secret = own->network_secret};
    if (is_missing(options)) {
        error_set(&error, ERROR_PROFILE_NONE, options->profile);
        return fail(&error);
    }
    if (options->passphrase_given)
        vault_ask_by(options->passphrase_fd);
    if (options->act == ACT_LOCK || options->act == ACT_UNLOCK)
        return locking_run(options->act == ACT_LOCK, options->profile, &error) == ERROR_NONE
                   ? 0
                   : fail(&error);
    if (options->act == ACT_IDENTITY)
        return identity_run(profile, options, &error) == ERROR_NONE ? 0 : fail(&error);
    if (profile_open(profile, options->profile[0] != '\0' ? options->profile : NULL, &error) !=
        ERROR_NONE)
        return fail(&error);
    if (!choose_ways(&config, options, &error))
        return fail(&error);
    if (joining_network(&config, options, &error) != ERROR_NONE)
        return fail(&error);
    if (options->act == ACT_EXPORT || options->act == ACT_IMPORT) {
        struct id network = network_id(config.network_secret);
        sandbox_enter(wish, profile); /* an export is foreign, too */
        int status = options->act == ACT_EXPORT ? archive_export(profile, options, &network)
                                                : archive_import(profile, options, &network);
        profile_close(profile);
        return status;
    }
    sodium_memzero(&options->invite, sizeof options->invite);
    config.port_fixed = options->port_given && options->port != 0;
    config.port = options->port_given         ? options->port
                  : profile->config.port != 0 ? profile->config.port
                                              : DEFAULT_PORT;
    config.discovery =
        !options->no_discovery && profile->config.discovery && config.ways.proxy[0] == '\0';
    config.portmap = config.discovery && !options->no_portmap && profile->config.portmap;
    struct settings settings;
    kept_load(profile, &settings);
    config.carry_bytes = carry_bytes(profile, options);
    if (!options->carry_given)
        config.carry_bytes = settings_carry(&settings, config.carry_bytes);
    config.pages = face == SESSION_TUI;
    config.last = options->last_given ? options->last : face == SESSION_TUI ? SCREEN_LINES : 0;
    /* From here on foreign bytes come, and threads are made. */
    sandbox_enter(wish, profile);
    config.context = zmq_ctx_new();
    if (config.context == NULL || !take_signals()) {
        error_set(&error, ERROR_SOCKET, _("too few descriptors"));
        return fail(&error);
    }
    zmq_ctx_set(config.context, ZMQ_MAX_SOCKETS, DESCRIPTORS);
    int status = options->act == ACT_DOCTOR ? examine(&config, options) : talk(&config, options);
    profile_close(profile);
    return status;
}

static int run(struct options *options)
{
    struct own *own = sodium_malloc(sizeof *own);
    struct error error;
    if (own == NULL) {
        error_set(&error, ERROR_MEMORY, _("the keys"));
        return fail(&error);
    }
    memset(own, 0, sizeof *own);
    int status = run_with(own, options);
    sodium_free(own);
    return status;
}

static void names_give_up(void)
{
    sandbox_enter_names(wish);
}

/* The processes that do what this one gives up, before a file or a secret is there. */
static void make_helpers(const struct options *options)
{
    struct config config;
    config_load(&config);
    wish = sandbox_wish(&config);
    sandbox_no_dumps(wish);
    if (wish != SANDBOX_OFF && (options->act == ACT_TALK || options->act == ACT_DOCTOR))
        names_begin(names_give_up);
    /* JSON knows neither an editor nor a desktop. Without it these say that they cannot be had. */
    if (options->act != ACT_TALK || options->face == FACE_JSON)
        return;
    terminal_share();
    outside_begin();
}

/* To be asked before anything is opened, which would get its number. */
static bool can_be_read(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_WRONLY;
}

int main(int argc, char **argv)
{
    static struct options options;
    char why[OPTIONS_WHY_SIZE];
    fill_standard_descriptors();
    language_open(argv[0]);
    if (!options_read(&options, argc, argv, why)) {
        fprintf(stderr, "fika: %s\n", why);
        return STATUS_USAGE;
    }
    if (options.help) {
        options_help(stdout);
        return 0;
    }
    if (options.version) {
        puts("fika " FIKA_VERSION);
        return 0;
    }
    if (options.passphrase_given && !can_be_read(options.passphrase_fd)) {
        fprintf(stderr, "fika: ");
        fprintf(stderr,
                _("descriptor %d is not open for reading; so it would be: --pass-fd %d %d<FILE"),
                options.passphrase_fd, options.passphrase_fd, options.passphrase_fd);
        fputc('\n', stderr);
        return STATUS_USAGE;
    }
    if (sodium_init() < 0) {
        fprintf(stderr, "fika: %s\n", _("this machine gives no random numbers"));
        return STATUS_FAILED;
    }
    umask(077); /* whatever is written is its owner's alone */
    make_helpers(&options);
    return run(&options);
}
