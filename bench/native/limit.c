/* The bare limit: what one core can do when a message costs one recv, one send, and nothing in between.
 *
 *     limit PORT
 *
 * Accepts any upgrade, copies the message id of every text frame into a fixed CALLRESULT. It parses no JSON, checks
 * nothing, stores nothing. No server that makes two system calls for each message can be faster.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "websocket.h"

enum { SOCKETS_MAX = 1 << 16, BUFFER_BYTES = 1 << 16, EVENTS_MAX = 1024, ID_AT = 4, ID_BYTES = 36 };

static const char UPGRADE[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: " WS_ACCEPT "\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n";
static const char ANSWER_HEAD[] = "[3,\"";
static const char ANSWER_TAIL[] = "\",{\"currentTime\":\"2026-11-22T07:33:13.123Z\"}]";

static char upgraded[SOCKETS_MAX];
static unsigned char in[BUFFER_BYTES], out[BUFFER_BYTES];

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* Answers every whole frame in `in`; the load generator has one message under way, so none is ever cut. */
static size_t answer_all(size_t size) {
    const size_t length = ID_AT + ID_BYTES + sizeof ANSWER_TAIL - 1;
    size_t at = 0, written = 0;
    struct ws_frame frame;
    long taken;
    while ((taken = ws_next(in + at, size - at, &frame)) > 0) {
        at += (size_t)taken;
        if (frame.opcode != WS_TEXT || frame.length < ID_AT + ID_BYTES) continue;
        ws_mask(frame.payload, frame.length, frame.mask);
        written += ws_put_header(out + written, WS_TEXT, length, NULL);
        memcpy(out + written, ANSWER_HEAD, ID_AT);
        memcpy(out + written + ID_AT, frame.payload + ID_AT, ID_BYTES);
        memcpy(out + written + ID_AT + ID_BYTES, ANSWER_TAIL, sizeof ANSWER_TAIL - 1);
        written += length;
    }
    return written;
}

static void serve(int fd) {
    ssize_t size = recv(fd, in, sizeof in, 0);
    if (size <= 0) {
        close(fd);
        return;
    }
    if (!upgraded[fd]) {
        upgraded[fd] = 1;
        if (send(fd, UPGRADE, sizeof UPGRADE - 1, MSG_NOSIGNAL) < 0) close(fd);
        return;
    }
    size_t written = answer_all((size_t)size);
    if (written && send(fd, out, written, MSG_NOSIGNAL) < 0) close(fd);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: limit PORT\n");
        return 2;
    }
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address)) die("bind");
    if (listen(listener, 4096)) die("listen");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS_MAX];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd != listener) {
                serve(events[i].data.fd);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0 || fd >= SOCKETS_MAX) continue;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            upgraded[fd] = 0;
            event.data.fd = fd;
            epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
