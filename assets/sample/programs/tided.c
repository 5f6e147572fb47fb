/* Serves the files of the folder public over HTTP, one request after the other.
   With an argument it only asks whether a server answers, and exits 0 or 1. */
#include "sys.h"

struct address { unsigned short family, port; unsigned int host; char zero[8]; };

static char request[2048];

static int asks_for_parent(const char *path) {
    for (; *path; path++)
        if (path[0] == '.' && path[1] == '.') return 1;
    return 0;
}

static void answer(word client) {
    word got = sys(READ, client, (word)request, sizeof request - 16, 0), end = 5;
    if (got < 6 || request[0] != 'G') return say(client, "HTTP/1.0 400 Bad Request\r\n\r\n");
    while (end < got && request[end] > ' ') end++;
    if (request[end - 1] == '/')
        for (const char *index = "index.html"; *index; index++) request[end++] = *index;
    request[end] = 0;
    word file = asks_for_parent(request) ? -1 : sys(OPEN, (word)(request + 5), 0, 0, 0);
    if (file < 0) return say(client, "HTTP/1.0 404 Not Found\r\n\r\nno such tide\n");
    say(client, "HTTP/1.0 200 OK\r\n\r\n");
    while (sys(SENDFILE, client, file, 0, 1 << 20) > 0) {}
    sys(CLOSE, file, 0, 0, 0);
}

__attribute__((used)) void start(word argc, char **argv) {
    (void)argv;
    struct address here = {2, 0x901f /* 8080 */, 0, {0}};
    word server = sys(SOCKET, 2, 1, 0, 0);
    if (argc > 1) sys(EXIT, sys(CONNECT, server, (word)&here, sizeof here, 0) < 0, 0, 0, 0);
    if (sys(BIND, server, (word)&here, sizeof here, 0) < 0 || sys(LISTEN, server, 16, 0, 0) < 0) {
        say(2, "tided: port 8080 is taken\n");
        sys(EXIT, 1, 0, 0, 0);
    }
    sys(CHDIR, (word)"public", 0, 0, 0);
    say(2, "tided: listening on port 8080\n");
    for (;;) {
        word client = sys(ACCEPT, server, 0, 0, 0);
        if (client < 0) continue;
        answer(client);
        sys(CLOSE, client, 0, 0, 0);
    }
}
