#include "node/work/thumb_cage.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPU_S      5
#define MEMORY     ((rlim_t)256 << 20)
#define OPEN_FILES 16 /* the loader has one library open at a time */

/* The headers of an older kernel know fewer members than the kernel that runs; it is asked, and told how many are meant. */
struct ruleset {
    uint64_t files, net, scoped;
};
#define READ_ONLY \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static bool allow(int cage, const char *path, uint64_t what)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = what};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return false;
    bool done = syscall(SYS_landlock_add_rule, cage, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(rule.parent_fd);
    return done;
}

int cage_make(const char *program1, const char *program2)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return -1;
    /* Everything that a ruleset of this version can refuse: 13 rights, then linking elsewhere, cutting off, device calls;
     * TCP from version 4; signals and abstract sockets from version 6. */
    struct ruleset r = {.files = 0x1fff | (abi >= 2 ? 0x2000u : 0) | (abi >= 3 ? 0x4000u : 0) |
                                 (abi >= 5 ? 0x8000u : 0),
                        .net = 3,
                        .scoped = 3};
    size_t n = abi >= 6   ? sizeof(r)
               : abi >= 4 ? offsetof(struct ruleset, scoped)
                          : offsetof(struct ruleset, net);
    int cage = (int)syscall(SYS_landlock_create_ruleset, &r, n, 0);
    if (cage < 0)
        return -1;
    uint64_t file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
    allow(cage, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE); /* slower without, no more */
    if (allow(cage, "/usr", READ_ONLY) && allow(cage, program1, file) &&
        allow(cage, program2, file))
        return cage;
    close(cage);
    return -1;
}

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#define SECOND  0x40000000u /* numbers of its second way to call the kernel begin here */
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#define SECOND  0x40000000u
#endif

/* What Landlock leaves open, or does in old versions: sockets that have a name in the file system (the node takes commands on
 * one), signals to the node, a file made shorter or given to others. And new processes, which the limit does not keep
 * root from. Whoever calls one of these is no decoder, and ends. */
static bool close_calls(void)
{
#ifdef MACHINE
#define WORD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define KILL        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define NEVER(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), KILL
    static const struct sock_filter rules[] = {
        WORD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
        KILL,
        WORD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SECOND, 0, 1),
        KILL,
        NEVER(socket),
        NEVER(socketpair),
        NEVER(io_uring_setup),
        NEVER(ptrace),
        NEVER(process_vm_readv),
        NEVER(process_vm_writev),
        NEVER(kill),
        NEVER(tkill),
        NEVER(bpf),
        NEVER(unshare),
        NEVER(userfaultfd),
        NEVER(keyctl),
        NEVER(clone),
        NEVER(clone3),
        NEVER(tgkill),
        NEVER(rt_sigqueueinfo),
        NEVER(rt_tgsigqueueinfo),
        NEVER(pidfd_send_signal),
        NEVER(truncate),
        NEVER(fchmodat),
        NEVER(fchownat),
        NEVER(utimensat),
        NEVER(setxattr),
        NEVER(lsetxattr),
        NEVER(removexattr),
        NEVER(lremovexattr),
#ifdef SYS_fork /* calls that newer machines never had */
        NEVER(fork),
        NEVER(vfork),
        NEVER(chmod),
        NEVER(chown),
        NEVER(lchown),
        NEVER(utime),
        NEVER(utimes),
        NEVER(futimesat),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog all = {sizeof(rules) / sizeof(rules[0]), NULL};
    struct sock_filter copy[sizeof(rules) / sizeof(rules[0])];
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        copy[i] = rules[i];
    all.filter = copy;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
#else
    return false;
#endif
}

static bool limit(int what, rlim_t n)
{
    struct rlimit was, r = {n, n};
    if (getrlimit((__rlimit_resource_t)what, &was) == 0 && was.rlim_max < n)
        r.rlim_cur = r.rlim_max = was.rlim_max;
    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

/* Between fork and exec of a process with threads: system calls only, no memory is asked for. */
static void become(int cage, const char *const argv[], int in, int out, int err)
{
    static char *const nothing[] = {NULL};
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || !limit(RLIMIT_CPU, CPU_S) ||
        !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, OPEN_FILES) ||
        !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_AS, MEMORY) ||
        syscall(SYS_landlock_restrict_self, cage, 0) != 0 ||
        syscall(SYS_close_range, 3u, ~0u, 0) != 0 || !close_calls())
        return;
    /* execve takes pointers to what it does not change */
    union {
        const char *const *given;
        char *const *wanted;
    } words = {argv};
    execve(argv[0], words.wanted, nothing);
}

pid_t cage_start(int cage, const char *const argv[], int in, int out, int err)
{
    /* Below 3 one would be overwritten by another. */
    if (cage < 3 || in < 3 || out < 3 || err < 3)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        become(cage, argv, in, out, err);
        _exit(CAGE_FAILED);
    }
    return pid;
}
