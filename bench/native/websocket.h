/* The few parts of RFC 6455 that a load generator and a bare server share. */
#ifndef CHARGEWRIGHT_BENCH_WEBSOCKET_H
#define CHARGEWRIGHT_BENCH_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The sample key of RFC 6455 section 1.3: every upgrade here uses it, so that nobody needs SHA-1. */
#define WS_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define WS_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { WS_TEXT = 0x1, WS_CLOSE = 0x8, WS_PING = 0x9, WS_PONG = 0xA };
enum { WS_HEADER_MAX = 8 };

struct ws_frame {
    int opcode;
    int masked;
    unsigned char mask[4];
    unsigned char *payload;
    size_t length;
};

/* Writes the header of a whole message of up to 65,535 bytes; returns its length. */
static inline size_t ws_put_header(unsigned char *out, int opcode, size_t length, const unsigned char *mask) {
    size_t size = 0;
    unsigned char bit = mask ? 0x80 : 0;
    out[size++] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        out[size++] = (unsigned char)(bit | length);
    } else {
        out[size++] = bit | 126;
        out[size++] = (unsigned char)(length >> 8);
        out[size++] = (unsigned char)length;
    }
    if (mask) {
        memcpy(out + size, mask, 4);
        size += 4;
    }
    return size;
}

/* Reads the next frame; returns how many bytes it takes, 0 where it is not whole yet, -1 for what is not used here. */
static inline long ws_next(unsigned char *data, size_t size, struct ws_frame *frame) {
    if (size < 2) return 0;
    size_t length = data[1] & 0x7F, head = 2;
    if (length == 127) return -1;
    if (length == 126) {
        if (size < 4) return 0;
        length = (size_t)data[2] << 8 | data[3];
        head = 4;
    }
    frame->masked = data[1] >> 7;
    if (frame->masked) {
        if (size < head + 4) return 0;
        memcpy(frame->mask, data + head, 4);
        head += 4;
    }
    if (size < head + length) return 0;
    frame->opcode = data[0] & 0x0F;
    frame->payload = data + head;
    frame->length = length;
    return (long)(head + length);
}

/* Masking is its own inverse (section 5.3). */
static inline void ws_mask(unsigned char *data, size_t length, const unsigned char *mask) {
    uint32_t word;
    uint64_t wide;
    size_t at = 0;
    memcpy(&word, mask, 4);
    uint64_t both = (uint64_t)word << 32 | word;
    for (; at + 8 <= length; at += 8) {
        memcpy(&wide, data + at, 8);
        wide ^= both;
        memcpy(data + at, &wide, 8);
    }
    for (; at < length; at++) data[at] ^= mask[at & 3];
}

#endif
