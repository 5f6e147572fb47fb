/* Programs of a few hundred bytes: no C library, Linux system calls only (x86-64). */
typedef long word;

static word sys(word n, word a, word b, word c, word d) {
    register word r10 __asm__("r10") = d;
    word result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

enum {
    READ = 0, WRITE = 1, OPEN = 2, CLOSE = 3, SENDFILE = 40, SOCKET = 41, CONNECT = 42, ACCEPT = 43,
    BIND = 49, LISTEN = 50, EXIT = 60, CHDIR = 80, GETUID = 102, GETEUID = 107,
};

static word length(const char *text) {
    word n = 0;
    while (text[n]) n++;
    return n;
}

static void say(word to, const char *text) { sys(WRITE, to, (word)text, length(text), 0); }

/* The kernel starts a program with argc and argv on the stack. */
__asm__(".globl _start\n_start: mov (%rsp), %rdi\nlea 8(%rsp), %rsi\nand $-16, %rsp\ncall start\n");
