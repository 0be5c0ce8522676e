/* Many stations in one thread, each with one CALL outstanding, as OCPP demands.
 *
 *     loadgen -p PORT -c STATIONS -s SECONDS -m heartbeat|metervalues|idle [-t] [-r]
 *
 *     -t  TLS (the certificate is not verified)
 *     -r  register: BootNotification and StartTransaction first, and meter values in that transaction
 *
 * Every message has an id, a time and an energy of its own, so that nothing that deduplicates has it easy.
 * Prints `start` when the measured time begins and one JSON object when it ends. An answer that is not the
 * CALLRESULT for the message asked ends the run with status 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

#include "websocket.h"

enum { TEXT_MAX = 1024, BUFFER_BYTES = 4096, EVENTS_MAX = 1024, ID_AT = 4, ID_BYTES = 36, DIGITS = 12 };
enum { LATENCY_US_MAX = 200000, WARM_UP_MS = 500, PING_MAX = 125, STATIONS_PER_ADDRESS = 20000 };

struct station {
    int fd;
#ifdef WITH_TLS
    SSL *ssl;
#endif
    uint32_t sequence;
    uint64_t sent_ns;
    size_t length, have, time_at, energy_at; /* time_at, energy_at: 0 where the message has none */
    char text[TEXT_MAX];
    unsigned char in[BUFFER_BYTES];
};

static const unsigned char MASK[4] = {0x37, 0xFA, 0x21, 0x3D};
static const char HEARTBEAT[] = "[2,\"%s\",\"Heartbeat\",{}]";
static const char BOOT[] =
    "[2,\"%s\",\"BootNotification\",{\"chargePointVendor\":\"Bench\",\"chargePointModel\":\"Load\"}]";
static const char START[] =
    "[2,\"%s\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"BENCH\",\"meterStart\":0,"
    "\"timestamp\":\"2026-11-22T07:00:00.000Z\"}]";
static const char METER_VALUES[] =
    "[2,\"%s\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":%ld,\"meterValue\":[{"
    "\"timestamp\":\"2026-11-22T07:00:00.000Z\",\"sampledValue\":["
    "{\"value\":\"1000000\",\"context\":\"Sample.Periodic\",\"measurand\":\"Energy.Active.Import.Register\",\"unit\":\"Wh\"},"
    "{\"value\":\"7360.5\",\"measurand\":\"Power.Active.Import\",\"unit\":\"W\"},"
    "{\"value\":\"16.02\",\"measurand\":\"Current.Import\",\"phase\":\"L1\",\"unit\":\"A\"},"
    "{\"value\":\"230.1\",\"measurand\":\"Voltage\",\"phase\":\"L1-N\",\"unit\":\"V\"},"
    "{\"value\":\"42\",\"measurand\":\"SoC\",\"unit\":\"Percent\",\"location\":\"EV\"}]}]}]";

static uint32_t latency_us[LATENCY_US_MAX + 1];
static uint64_t answered;
static int use_tls;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void put_digits(char *at, int width, uint32_t value) {
    while (width--) {
        at[width] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* --- bytes, plain or TLS ------------------------------------------------------------------------------------- */

static void write_all(struct station *s, const void *data, size_t size) {
#ifdef WITH_TLS
    if (s->ssl) {
        if (SSL_write(s->ssl, data, (int)size) != (int)size) fail("TLS write failed");
        return;
    }
#endif
    if (send(s->fd, data, size, MSG_NOSIGNAL) != (ssize_t)size) fail("write failed: %s", strerror(errno));
}

/* Bytes read; 0 where nothing is there yet. The other side's end is a failure: nobody here hangs up early. */
static size_t read_some(struct station *s, void *data, size_t size) {
#ifdef WITH_TLS
    if (s->ssl) {
        int got = SSL_read(s->ssl, data, (int)size);
        if (got > 0) return (size_t)got;
        int why = SSL_get_error(s->ssl, got);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return 0;
        fail("TLS connection ended");
    }
#endif
    ssize_t got = recv(s->fd, data, size, 0);
    if (got > 0) return (size_t)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    fail("connection ended");
    return 0;
}

/* --- messages ------------------------------------------------------------------------------------------------ */

static void send_text(struct station *s) {
    unsigned char frame[WS_HEADER_MAX + TEXT_MAX];
    size_t head = ws_put_header(frame, WS_TEXT, s->length, MASK);
    memcpy(frame + head, s->text, s->length);
    ws_mask(frame + head, s->length, MASK);
    s->sent_ns = now_ns();
    write_all(s, frame, head + s->length);
}

static void send_next(struct station *s) {
    s->sequence++;
    put_digits(s->text + ID_AT + ID_BYTES - DIGITS, DIGITS, s->sequence);
    if (s->time_at) { /* "07:00:00.000" counts on in milliseconds from 7 o'clock */
        uint32_t ms = s->sequence;
        put_digits(s->text + s->time_at, 2, 7 + ms / 3600000 % 17);
        put_digits(s->text + s->time_at + 3, 2, ms / 60000 % 60);
        put_digits(s->text + s->time_at + 6, 2, ms / 1000 % 60);
        put_digits(s->text + s->time_at + 9, 3, ms % 1000);
        put_digits(s->text + s->energy_at, 7, 1000000 + s->sequence % 9000000);
    }
    send_text(s);
}

/* Takes one frame out of `in`; the length of an answer, copied to `copy` where that is asked for. Pings are answered. */
static size_t next_text(struct station *s, char *copy) {
    struct ws_frame frame;
    long taken = ws_next(s->in, s->have, &frame);
    if (taken < 0) fail("a frame longer than any answer");
    if (taken == 0) return 0;
    size_t length = frame.length;
    if (frame.opcode == WS_PING && length <= PING_MAX) {
        unsigned char pong[WS_HEADER_MAX + PING_MAX];
        size_t head = ws_put_header(pong, WS_PONG, length, MASK);
        memcpy(pong + head, frame.payload, length);
        ws_mask(pong + head, length, MASK);
        write_all(s, pong, head + length);
        length = 0;
    } else if (frame.opcode != WS_TEXT) {
        fail("closed by the server");
    } else if (length <= ID_AT + ID_BYTES || frame.payload[1] != '3' ||
               memcmp(frame.payload + ID_AT, s->text + ID_AT, ID_BYTES) != 0) {
        fail("not the answer: %.*s", (int)length, (char *)frame.payload);
    }
    if (copy && length) {
        memcpy(copy, frame.payload, length);
        copy[length] = 0;
    }
    s->have -= (size_t)taken;
    if (s->have) memmove(s->in, s->in + taken, s->have);
    return length;
}

static void ask(struct station *s, char *answer) {
    send_text(s);
    do s->have += read_some(s, s->in + s->have, sizeof s->in - s->have);
    while (!next_text(s, answer));
}

/* --- set-up -------------------------------------------------------------------------------------------------- */

static void dial(struct station *s, int number, int port) {
    int one = 1;
    char request[512], answer[BUFFER_BYTES], from[32];
    struct sockaddr_in address = {.sin_family = AF_INET};
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    snprintf(from, sizeof from, "127.0.0.%d", 2 + number / STATIONS_PER_ADDRESS);
    inet_pton(AF_INET, from, &address.sin_addr);
    setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(s->fd, (struct sockaddr *)&address, sizeof address)) fail("bind: %s", strerror(errno));
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(s->fd, (struct sockaddr *)&address, sizeof address)) fail("connect: %s", strerror(errno));
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#ifdef WITH_TLS
    static SSL_CTX *context;
    if (use_tls) {
        if (!context) {
            context = SSL_CTX_new(TLS_client_method());
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
            SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        }
        s->ssl = SSL_new(context);
        SSL_set_fd(s->ssl, s->fd);
        if (SSL_connect(s->ssl) != 1) fail("TLS handshake failed");
    }
#endif
    int size = snprintf(request, sizeof request,
                        "GET /ocpp/BENCH%05d HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: " WS_KEY "\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n",
                        number);
    write_all(s, request, (size_t)size);
    size_t have = 0;
    do {
        have += read_some(s, answer + have, sizeof answer - 1 - have);
        answer[have] = 0;
    } while (!strstr(answer, "\r\n\r\n"));
    if (strncmp(answer, "HTTP/1.1 101", 12)) fail("refused: %.*s", (int)strcspn(answer, "\r"), answer);
}

static void set_text(struct station *s, int number, const char *format, long transaction) {
    char id[ID_BYTES + 16];
    snprintf(id, sizeof id, "bench-%05d-4000-8000-%0*d", number % 100000, ID_BYTES - 22, 0);
    s->length = (size_t)snprintf(s->text, sizeof s->text, format, id, transaction);
    char *time = strstr(s->text, "T07:00:00.000Z"), *energy = strstr(s->text, "1000000");
    s->time_at = format == METER_VALUES ? (size_t)(time + 1 - s->text) : 0;
    s->energy_at = format == METER_VALUES ? (size_t)(energy - s->text) : 0;
}

static long register_station(struct station *s, int number) {
    char answer[BUFFER_BYTES];
    set_text(s, number, BOOT, 0);
    ask(s, answer);
    if (!strstr(answer, "Accepted")) fail("not accepted: %s", answer);
    set_text(s, number, START, 0);
    s->text[ID_AT + ID_BYTES - 1] = '1';
    ask(s, answer);
    char *field = strstr(answer, "\"transactionId\":");
    if (!field) fail("no transaction: %s", answer);
    return atol(field + sizeof "\"transactionId\":" - 1);
}

/* --- the run ------------------------------------------------------------------------------------------------- */

static void take_answers(struct station *s) {
    for (;;) {
        size_t got = read_some(s, s->in + s->have, sizeof s->in - s->have);
        if (!got) return;
        s->have += got;
        while (next_text(s, NULL)) {
            uint64_t us = (now_ns() - s->sent_ns) / 1000;
            latency_us[us < LATENCY_US_MAX ? us : LATENCY_US_MAX]++;
            answered++;
            send_next(s);
        }
#ifdef WITH_TLS
        if (s->ssl && SSL_pending(s->ssl)) continue;
#endif
        return;
    }
}

static uint32_t percentile_us(double part) {
    uint64_t seen = 0, wanted = (uint64_t)((double)answered * part);
    for (uint32_t us = 0; us < LATENCY_US_MAX; us++)
        if ((seen += latency_us[us]) > wanted) return us;
    return LATENCY_US_MAX;
}

static void run(struct station *stations, int count, double seconds) {
    struct epoll_event events[EVENTS_MAX];
    int poll = epoll_create1(0), measuring = 0;
    for (int i = 0; i < count; i++) {
        fcntl(stations[i].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &stations[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, stations[i].fd, &event);
        send_next(&stations[i]);
    }
    uint64_t begin = now_ns() + WARM_UP_MS * 1000000ull, end = begin + (uint64_t)(seconds * 1e9), now;
    while ((now = now_ns()) < end) {
        if (!measuring && now >= begin) {
            measuring = 1;
            begin = now;
            answered = 0;
            memset(latency_us, 0, sizeof latency_us);
            puts("start");
        }
        int ready = epoll_wait(poll, events, EVENTS_MAX, 10);
        for (int i = 0; i < ready; i++) take_answers(events[i].data.ptr);
    }
    printf("{\"messages\":%llu,\"seconds\":%.4f,\"p50_us\":%u,\"p99_us\":%u,\"message_bytes\":%zu}\n",
           (unsigned long long)answered, (double)(now - begin) / 1e9, percentile_us(0.5), percentile_us(0.99),
           stations[0].length);
}

int main(int argc, char **argv) {
    int option, port = 0, count = 100, registered = 0;
    double seconds = 2;
    const char *message = "metervalues";
    while ((option = getopt(argc, argv, "p:c:s:m:tr")) > 0) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': count = atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'm': message = optarg; break;
        case 't': use_tls = 1; break;
        case 'r': registered = 1; break;
        default: return 2;
        }
    }
#ifndef WITH_TLS
    if (use_tls) fail("built without OpenSSL");
#endif
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct station *stations = calloc((size_t)count, sizeof *stations);
    if (!stations) fail("out of memory");
    int idle = !strcmp(message, "idle");
    for (int i = 0; i < count; i++) {
        char answer[BUFFER_BYTES];
        dial(&stations[i], i, port);
        long transaction = registered ? register_station(&stations[i], i) : 1;
        set_text(&stations[i], i, strcmp(message, "metervalues") ? HEARTBEAT : METER_VALUES, transaction);
        if (idle) ask(&stations[i], answer);
    }
    if (idle) {
        puts("start");
        usleep((useconds_t)(seconds * 1e6));
        printf("{\"stations\":%d}\n", count);
    } else {
        run(stations, count, seconds);
    }
    return 0;
}
