//! One stream of pictures, on the thread of its loop.

#![expect(
    unsafe_code,
    reason = "buffers are read with their metadata, which the bindings do not know"
)]

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::Duration;

use pipewire as pw;
use pw::context::Context;
use pw::main_loop::MainLoop;
use pw::properties::properties;
use pw::spa::param::ParamType;
use pw::spa::param::format::{MediaSubtype, MediaType};
use pw::spa::param::format_utils::parse_format;
use pw::spa::param::video::VideoInfoRaw;
use pw::spa::pod::Pod;
use pw::spa::utils::Direction;
use pw::stream::{StreamFlags, StreamRef, StreamState};

use super::buffer::{self, StreamFrame};
use super::format::{self, PixelFormat, Shape};
use crate::compose::Size;

/// A first frame is looked for this long after nothing happened.
const FIRST_FRAME_INTERVAL: Duration = Duration::from_millis(100);
/// From then on the loop sleeps until something happens.
const SLEEP: Duration = Duration::from_secs(3600);

/// Takes what a stream gives, on the stream's thread; none of it may wait.
pub(in crate::source) trait Sink: Send {
    /// Of the frames from here on.
    fn shape(&mut self, shape: Shape);
    fn frame(&mut self, frame: &StreamFrame<'_>);
    /// Nothing more comes, and why. Never after the stream was dropped.
    fn ended(&mut self, why: String);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Role {
    Screen,
    Camera,
}

/// What a stream is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct StreamWish {
    pub(in crate::source) role: Role,
    pub(in crate::source) formats: &'static [PixelFormat],
    /// Where there is a choice, in pixels.
    pub(in crate::source) size: Size,
    /// Most frames a second.
    pub(in crate::source) fps: u32,
}

/// A stream that runs. Dropping it ends the stream and joins its thread.
pub(in crate::source) struct Stream {
    quit: pw::channel::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// Begins to record a node of the PipeWire behind `remote`.
    pub(in crate::source) fn open(
        remote: OwnedFd,
        node: u32,
        wish: StreamWish,
        sink: Box<dyn Sink>,
    ) -> std::io::Result<Self> {
        let (quit, asked) = pw::channel::channel();
        let thread = std::thread::Builder::new()
            .name("aside-pipewire".to_owned())
            .spawn(move || {
                let sink = Rc::new(RefCell::new(sink));
                if let Some(why) = run(remote, node, wish, &sink, asked) {
                    sink.borrow_mut().ended(why);
                }
            })?;
        Ok(Self {
            quit,
            thread: Some(thread),
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.quit.send(());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of PipeWire panicked");
        }
    }
}

/// Ends the loop, and keeps the first reason.
#[derive(Clone, Default)]
struct Ending {
    done: Rc<Cell<bool>>,
    why: Rc<RefCell<Option<String>>>,
}

impl Ending {
    fn end(&self, why: impl Into<String>) {
        self.why.borrow_mut().get_or_insert_with(|| why.into());
        self.done.set(true);
    }
}

type SharedSink = Rc<RefCell<Box<dyn Sink>>>;

/// Runs until it is asked to quit (`None`) or the stream ends, and why.
fn run(
    remote: OwnedFd,
    node: u32,
    wish: StreamWish,
    sink: &SharedSink,
    asked: pw::channel::Receiver<()>,
) -> Option<String> {
    match connected(remote, node, wish, sink, asked) {
        Ok(why) => why,
        Err(error) => Some(format!("PipeWire cannot be used ({error})")),
    }
}

fn connected(
    remote: OwnedFd,
    node: u32,
    wish: StreamWish,
    sink: &SharedSink,
    asked: pw::channel::Receiver<()>,
) -> Result<Option<String>, pw::Error> {
    let main = MainLoop::new(None)?;
    let ending = Ending::default();
    let _quit = asked.attach(main.loop_(), {
        let done = Rc::clone(&ending.done);
        move |()| done.set(true)
    });
    let context = Context::new(&main)?;
    let core = context.connect_fd(remote, None)?;
    let _errors = core
        .add_listener_local()
        .error({
            let ending = ending.clone();
            move |id, _, _, message| {
                if id == pw::core::PW_ID_CORE {
                    ending.end(format!("PipeWire ended ({message})"));
                }
            }
        })
        .register();
    let registry = core.get_registry()?;
    // A program that is killed closes no session: its node is gone, and nothing else says so.
    let _removals = registry
        .add_listener_local()
        .global_remove({
            let ending = ending.clone();
            move |id| {
                if id == node {
                    ending.end("the program that gave the pictures has ended");
                }
            }
        })
        .register();

    let role = match wish.role {
        Role::Screen => "Screen",
        Role::Camera => "Camera",
    };
    let stream = pw::stream::Stream::new(
        &core,
        "aside",
        properties! {
            *pw::keys::MEDIA_TYPE => "Video",
            *pw::keys::MEDIA_CATEGORY => "Capture",
            *pw::keys::MEDIA_ROLE => role,
        },
    )?;
    let buffers = Rc::new(Buffers::default());
    let state = State {
        sink: Rc::clone(sink),
        ending: ending.clone(),
        buffers: Rc::clone(&buffers),
        shape: None,
    };
    let _listener = stream
        .add_local_listener_with_user_data(state)
        .state_changed(|_, state, old, new| match new {
            StreamState::Error(message) => state.ending.end(message),
            StreamState::Unconnected if old != StreamState::Connecting => {
                state.ending.end("PipeWire ended the stream");
            }
            _ => {}
        })
        .param_changed(|stream, state, id, param| {
            if id == ParamType::Format.as_raw()
                && let Some(param) = param
            {
                state.settle(stream, param);
            }
        })
        .add_buffer(|_, state, buffer| state.buffers.all.borrow_mut().push(buffer))
        .remove_buffer(|_, state, buffer| {
            state.buffers.all.borrow_mut().retain(|b| *b != buffer);
        })
        .process(|stream, state| state.process(stream))
        .register()?;
    let offers = format::offers(wish.formats, wish.size, wish.fps);
    let mut offers: Vec<&Pod> = offers.iter().filter_map(|o| Pod::from_bytes(o)).collect();
    let mut flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS;
    if wish.role == Role::Camera {
        // Else another camera would take the place of one that is unplugged.
        flags |= StreamFlags::DONT_RECONNECT;
    }
    stream.connect(Direction::Input, Some(node), flags, &mut offers)?;
    while !ending.done.get() {
        let begun = buffers.begun.get();
        let happened = main
            .loop_()
            .iterate(if begun { SLEEP } else { FIRST_FRAME_INTERVAL });
        if !begun && happened == 0 && stream.state() == StreamState::Streaming {
            buffers.look(sink);
        }
    }
    let why = ending.why.borrow_mut().take();
    Ok(why)
}

/// The buffers of the stream, and whether a frame was seen in one.
///
/// A producer may send its first frame in the moment in which both sides start, and PipeWire then wakes nobody for it. On a
/// screen that stands still no other follows, but the frame lies in its buffer.
#[derive(Default)]
struct Buffers {
    all: RefCell<Vec<*mut pw::sys::pw_buffer>>,
    begun: Cell<bool>,
}

impl Buffers {
    /// Takes the newest frame that was sent and not announced.
    fn look(&self, sink: &SharedSink) {
        let all = self.all.borrow();
        let frames = all.iter().filter_map(|buffer| {
            // SAFETY: the stream's, and mapped, from `add_buffer` to `remove_buffer`. The producer might write into one that it
            // has again, but then a newer frame comes at once.
            unsafe { buffer::read(*buffer) }.ok().flatten()
        });
        let sent = frames.filter(|frame| frame.pts.is_some());
        if let Some(newest) = sent.max_by_key(|frame| frame.pts) {
            self.begun.set(true);
            sink.borrow_mut().frame(&newest);
        }
    }
}

/// What the callbacks share.
struct State {
    sink: SharedSink,
    ending: Ending,
    buffers: Rc<Buffers>,
    shape: Option<Shape>,
}

impl State {
    /// The producer has settled on a format.
    fn settle(&mut self, stream: &StreamRef, param: &Pod) {
        let raw = parse_format(param).ok() == Some((MediaType::Video, MediaSubtype::Raw));
        let mut info = VideoInfoRaw::default();
        let parsed = raw && info.parse(param).is_ok();
        let Some(format) = PixelFormat::of(info.format()).filter(|_| parsed) else {
            return self
                .ending
                .end("its pixels are in a format that cannot be read");
        };
        let size = info.size();
        let shape = Shape {
            format,
            width: size.width,
            height: size.height,
        };
        self.shape = Some(shape);
        self.sink.borrow_mut().shape(shape);
        let requests = format::requests();
        let mut requests: Vec<&Pod> = requests.iter().filter_map(|r| Pod::from_bytes(r)).collect();
        if let Err(error) = stream.update_params(&mut requests) {
            self.ending
                .end(format!("PipeWire takes no wishes ({error})"));
        }
    }

    /// Frames have come. Every one is looked at: each says only what changed since the one before.
    fn process(&mut self, stream: &StreamRef) {
        loop {
            // SAFETY: the buffer is null or ours until it is queued below; `frame` does not outlive that.
            unsafe {
                let buffer = stream.dequeue_raw_buffer();
                if buffer.is_null() {
                    return;
                }
                match buffer::read(buffer) {
                    Ok(Some(frame)) if self.shape.is_some() => {
                        self.buffers.begun.set(true);
                        self.sink.borrow_mut().frame(&frame);
                    }
                    Ok(_) => {}
                    Err(buffer::Unreadable) => {
                        self.ending
                            .end("its pictures lie in memory of the graphics card only");
                    }
                }
                stream.queue_raw_buffer(buffer);
            }
        }
    }
}
