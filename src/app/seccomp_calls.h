/* The system calls that fika and its libraries make, the frequent ones first, for seccomp.c, which says
 * what X does. What only some machines or headers have stands behind an #ifdef. */
X(read)
X(write)
X(sendto)
X(recvfrom)
#ifdef __NR_epoll_wait
X(epoll_wait)
#endif
X(epoll_pwait)
#ifdef __NR_poll
X(poll)
#endif
X(ppoll)
X(futex)
X(getpid)
X(gettid)
X(getrandom)
X(clock_gettime)
X(recvmsg)
X(sendmsg)
X(pread64)
X(pwrite64)
X(readv)
X(writev)
X(epoll_ctl)
#ifdef __NR_epoll_create
X(epoll_create)
#endif
X(epoll_create1)
#ifdef __NR_epoll_pwait2
X(epoll_pwait2)
#endif
#ifdef __NR_eventfd
X(eventfd)
#endif
X(eventfd2)
#ifdef __NR_select
X(select)
#endif
X(pselect6)
X(timerfd_create)
X(timerfd_settime)
X(timerfd_gettime)
X(socketpair)
X(bind)
X(connect)
X(listen)
X(accept)
X(accept4)
X(getsockname)
X(getpeername)
X(setsockopt)
X(getsockopt)
X(sendmmsg)
X(recvmmsg)
X(shutdown)
#ifdef __NR_open
X(open)
#endif
X(openat)
#ifdef __NR_creat
X(creat)
#endif
X(close)
#ifdef __NR_close_range
X(close_range)
#endif
#ifdef __NR_stat
X(stat)
#endif
#ifdef __NR_lstat
X(lstat)
#endif
X(fstat)
X(newfstatat)
X(statx)
#ifdef __NR_access
X(access)
#endif
X(faccessat)
#ifdef __NR_faccessat2
X(faccessat2)
#endif
#ifdef __NR_readlink
X(readlink)
#endif
X(readlinkat)
X(lseek)
X(fcntl)
X(flock)
X(fsync)
X(fdatasync)
#ifdef __NR_sync_file_range
X(sync_file_range)
#endif
X(ftruncate)
X(truncate)
#ifdef __NR_rename
X(rename)
#endif
#ifdef __NR_renameat
X(renameat)
#endif
X(renameat2)
#ifdef __NR_unlink
X(unlink)
#endif
X(unlinkat)
#ifdef __NR_mkdir
X(mkdir)
#endif
X(mkdirat)
#ifdef __NR_rmdir
X(rmdir)
#endif
#ifdef __NR_chmod
X(chmod)
#endif
X(fchmod)
X(fchmodat)
X(fchown)
#ifdef __NR_chown
X(chown)
#endif
X(fchownat)
X(umask)
X(getdents64)
#ifdef __NR_getdents
X(getdents)
#endif
X(getcwd)
X(dup)
#ifdef __NR_dup2
X(dup2)
#endif
X(dup3)
#ifdef __NR_pipe
X(pipe)
#endif
X(pipe2)
X(utimensat)
#ifdef __NR_utime
X(utime)
#endif
#ifdef __NR_utimes
X(utimes)
#endif
X(statfs)
X(fstatfs)
X(fallocate)
X(fadvise64)
X(sendfile)
X(copy_file_range)
X(preadv)
X(pwritev)
X(preadv2)
X(pwritev2)
X(munmap)
X(mremap)
X(madvise)
X(brk)
X(msync)
X(mlock)
X(mlock2)
X(munlock)
X(mincore)
X(membarrier)
X(rt_sigaction)
X(rt_sigprocmask)
X(rt_sigreturn)
X(rt_sigpending)
X(rt_sigtimedwait)
X(rt_sigsuspend)
X(sigaltstack)
#ifdef __NR_pause
X(pause)
#endif
#ifdef __NR_alarm
X(alarm)
#endif
X(setitimer)
X(getitimer)
X(kill)
X(tkill)
X(tgkill)
X(restart_syscall)
X(nanosleep)
X(clock_nanosleep)
X(clock_getres)
X(gettimeofday)
#ifdef __NR_time
X(time)
#endif
X(times)
X(exit)
X(exit_group)
X(wait4)
X(waitid)
X(set_tid_address)
X(set_robust_list)
X(get_robust_list)
#ifdef __NR_rseq
X(rseq)
#endif
#ifdef __NR_arch_prctl
X(arch_prctl)
#endif
X(getuid)
X(geteuid)
X(getgid)
X(getegid)
X(getresuid)
X(getresgid)
X(getppid)
#ifdef __NR_getpgrp
X(getpgrp)
#endif
X(getpgid)
X(getsid)
X(getgroups)
X(uname)
X(sysinfo)
X(getcpu)
X(getrusage)
#ifdef __NR_getrlimit
X(getrlimit)
#endif
X(sched_yield)
X(sched_getaffinity)
#ifdef __NR_sched_setattr
X(sched_setattr)
#endif
X(sched_getparam)
X(sched_setscheduler)
X(sched_getscheduler)
X(sched_get_priority_max)
X(sched_get_priority_min)
X(getpriority)
X(setpriority)
X(capget)
#ifdef SANITIZED /* leaks are looked for by a process that stops this one's threads */
X(ptrace)
X(prctl)
X(personality)
X(prlimit64)
X(process_vm_readv)
#endif
