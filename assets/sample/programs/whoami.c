/* Tells who runs it: the real user, and the effective one where a set-user-ID bit makes them differ. */
#include "sys.h"

static void number(word n) {
    char text[24], *at = text + sizeof text;
    *--at = 0;
    do *--at = '0' + n % 10; while (n /= 10);
    say(1, at);
}

__attribute__((used)) void start(void) {
    word real = sys(GETUID, 0, 0, 0, 0), effective = sys(GETEUID, 0, 0, 0, 0);
    number(real);
    if (real != effective) {
        say(1, " acting as ");
        number(effective);
    }
    say(1, "\n");
    sys(EXIT, 0, 0, 0, 0);
}
