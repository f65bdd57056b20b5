// A V4L2 capture node for programs that are started with this library preloaded. It answers the ioctls of
// linux/videodev2.h for /dev/video77 from memory, so that the real reader (libavdevice) runs where the kernel has no
// camera. Faults are files in the folder FAKE_V4L2: `busy`, `forbidden`, `unplugged`, `silent`. With the file
// `frame.jpg` there the node gives that as MJPEG, else grey YUYV frames. 1280x720, 30 frames a second; each is stamped on
// CLOCK_MONOTONIC when it was due and handed out 20 ms later.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, WIDTH = 1280, HEIGHT = 720, SIZE = WIDTH * HEIGHT * 2, FDS = 1024 };
static const char *NODE = "/dev/video77";
static const long long INTERVAL = 33333, DELAY = 20000;

static char ours[FDS], queued[BUFFERS];
static long long begin, frames;
static unsigned char *memory, jpeg[SIZE];
static size_t jpeg_size;

static int fails(int error) {
    errno = error;
    return -1;
}

static char *path(const char *name) {
    static _Thread_local char text[4096];
    snprintf(text, sizeof text, "%s/%s", getenv("FAKE_V4L2"), name);
    return text;
}

static int is(const char *name) { return access(path(name), F_OK) == 0; }

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int open_node(void) {
    if (is("unplugged")) return fails(ENOENT);
    if (is("forbidden")) return fails(EACCES);
    int fd = memfd_create("v4l2", 0);
    if (fd < 0 || fd >= FDS || ftruncate(fd, (off_t)SIZE * BUFFERS) < 0) return fails(ENOMEM);
    ours[fd] = 1;
    return fd;
}

#define OPEN(name)                                                  \
    int name(const char *file, int flags, ...) {                    \
        if (strcmp(file, NODE) == 0) return open_node();            \
        va_list list;                                               \
        va_start(list, flags);                                      \
        int mode = va_arg(list, int);                               \
        va_end(list);                                               \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return real(file, flags, mode);                             \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < FDS) ours[fd] = 0;
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    return real(fd);
}

// The node is the last entry of /dev.
static DIR *dev;

DIR *opendir(const char *name) {
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    DIR *dir = real(name);
    if (strcmp(name, "/dev") == 0) dev = dir;
    return dir;
}

struct dirent64 *readdir64(DIR *dir) {
    static struct dirent64 node;
    struct dirent64 *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir64");
    struct dirent64 *entry = real(dir);
    if (entry != NULL || dir != dev) return entry;
    dev = NULL;
    node.d_type = DT_CHR;
    node.d_reclen = sizeof node;
    strcpy(node.d_name, "video77");
    return &node;
}

static int take_frame(struct v4l2_buffer *buffer) {
    long long due = begin + (frames + 1) * INTERVAL;
    if (is("unplugged")) return fails(ENODEV);
    if (is("silent") || now() < due + DELAY) return fails(EAGAIN);
    for (int n = 0; n < BUFFERS; n++) {
        if (!queued[n]) continue;
        unsigned char *frame = memory + (size_t)n * SIZE;
        if (jpeg_size > 0) memcpy(frame, jpeg, jpeg_size);
        else memset(frame, 128, SIZE);
        queued[n] = 0;
        frames++;
        buffer->index = n;
        buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
        buffer->bytesused = jpeg_size > 0 ? jpeg_size : SIZE;
        buffer->timestamp.tv_sec = due / 1000000;
        buffer->timestamp.tv_usec = due % 1000000;
        return 0;
    }
    return fails(EAGAIN);
}

static int start(int fd) {
    begin = now();
    frames = 0;
    memory = mmap(NULL, (size_t)SIZE * BUFFERS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? fails(ENOMEM) : 0;
}

static unsigned pixel_format(void) {
    FILE *file = fopen(path("frame.jpg"), "r");
    if (file == NULL) return V4L2_PIX_FMT_YUYV;
    jpeg_size = fread(jpeg, 1, sizeof jpeg, file);
    fclose(file);
    return V4L2_PIX_FMT_MJPEG;
}

static int answer(int fd, unsigned request, void *data) {
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *is = data;
        strcpy((char *)is->driver, "uvcvideo");
        strcpy((char *)is->card, "Fake Webcam");
        is->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        is->capabilities = is->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *format = data;
        if (format->index > 0) return fails(EINVAL);
        format->pixelformat = pixel_format();
        return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
        struct v4l2_frmsizeenum *size = data;
        if (size->index > 0) return fails(EINVAL);
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = WIDTH;
        size->discrete.height = HEIGHT;
        return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
        struct v4l2_frmivalenum *rate = data;
        if (rate->index > 0) return fails(EINVAL);
        rate->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        rate->discrete.numerator = 1;
        rate->discrete.denominator = 30;
        return 0;
    }
    case VIDIOC_G_INPUT:
        *(int *)data = 0;
        return 0;
    case VIDIOC_ENUMINPUT:
        return 0;
    case VIDIOC_S_FMT: {
        struct v4l2_format *format = data;
        if (is("busy")) return fails(EBUSY);
        format->fmt.pix.pixelformat = pixel_format();
        format->fmt.pix.width = WIDTH;
        format->fmt.pix.height = HEIGHT;
        return 0;
    }
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
        struct v4l2_streamparm *rate = data;
        rate->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        rate->parm.capture.timeperframe.numerator = 1;
        rate->parm.capture.timeperframe.denominator = 30;
        return 0;
    }
    case VIDIOC_REQBUFS:
        ((struct v4l2_requestbuffers *)data)->count = BUFFERS;
        return 0;
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = data;
        buffer->length = SIZE;
        buffer->m.offset = buffer->index * SIZE;
        return 0;
    }
    case VIDIOC_QBUF:
        queued[((struct v4l2_buffer *)data)->index] = 1;
        return 0;
    case VIDIOC_STREAMON:
        return start(fd);
    case VIDIOC_STREAMOFF:
        if (memory != NULL) munmap(memory, (size_t)SIZE * BUFFERS);
        memory = NULL;
        return 0;
    case VIDIOC_DQBUF:
        return take_frame(data);
    default:
        return fails(ENOTTY);
    }
}

int ioctl(int fd, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *data = va_arg(list, void *);
    va_end(list);
    if (fd >= 0 && fd < FDS && ours[fd]) return answer(fd, (unsigned)request, data);
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, data);
}
