//! A camera whose format changes in the middle, through a PipeWire of its own: the real daemon, and a program that plays the camera.

#![expect(unsafe_code, reason = "a call that the bindings lack")]

use std::cell::{Cell, RefCell};
use std::io::Cursor;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ::pipewire as pw;
use crossbeam_channel::{Sender, bounded};
use pw::properties::properties;
use pw::spa::param::ParamType;
use pw::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pw::spa::param::video::{VideoFormat, VideoInfoRaw};
use pw::spa::pod::serialize::PodSerializer;
use pw::spa::pod::{Object, Pod, Property, Value};
use pw::spa::sys;
use pw::spa::utils::{Direction, Fraction, Id, Rectangle, SpaTypes};
use pw::stream::{StreamFlags, StreamState};
use pw::types::ObjectType;

use super::*;
use crate::clock::SystemClock;

/// What a session manager would add is left out: the camera links itself to whoever wants pictures.
const CONFIG: &str = "
context.properties = { core.daemon = true core.name = pipewire-0 }
context.spa-libs = { support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-spa-node-factory }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-access }
  { name = libpipewire-module-link-factory }
]
";

/// What the camera gives: frames that are darker on the left than on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gives {
    format: VideoFormat,
    width: u32,
    height: u32,
}

impl Gives {
    fn stride(self) -> u32 {
        match self.format {
            VideoFormat::RGB => self.width * 3,
            _ => self.width * 2,
        }
    }

    fn paint(self, bytes: &mut [u8]) {
        let (dark, light): (&[u8], &[u8]) = match self.format {
            VideoFormat::RGB => (&[0xa0; 3], &[0xe0; 3]),
            _ => (&[0x30, 0x80], &[0x60, 0x80]),
        };
        for row in bytes.chunks_exact_mut(self.stride() as usize) {
            let (left, right) = row.split_at_mut(self.stride() as usize / 2);
            for (half, grey) in [(left, dark), (right, light)] {
                for pixel in half.chunks_exact_mut(grey.len()) {
                    pixel.copy_from_slice(grey);
                }
            }
        }
    }

    /// Luma of the two halves in a recording.
    fn luma(self) -> [u8; 2] {
        match self.format {
            VideoFormat::RGB => [153, 208],
            _ => [0x30, 0x60],
        }
    }

    fn offer(self) -> Vec<u8> {
        let property = |key: FormatProperties, value| Property::new(key.as_raw(), value);
        let id = |raw| Value::Id(Id(raw));
        object(
            SpaTypes::ObjectParamFormat,
            ParamType::EnumFormat,
            vec![
                property(FormatProperties::MediaType, id(MediaType::Video.as_raw())),
                property(
                    FormatProperties::MediaSubtype,
                    id(MediaSubtype::Raw.as_raw()),
                ),
                property(FormatProperties::VideoFormat, id(self.format.as_raw())),
                property(
                    FormatProperties::VideoSize,
                    Value::Rectangle(Rectangle {
                        width: self.width,
                        height: self.height,
                    }),
                ),
                property(
                    FormatProperties::VideoFramerate,
                    Value::Fraction(Fraction { num: 30, denom: 1 }),
                ),
            ],
        )
    }

    fn buffers(self) -> Vec<u8> {
        let int = |n: u32| Value::Int(i32::try_from(n).unwrap());
        object(
            SpaTypes::ObjectParamBuffers,
            ParamType::Buffers,
            vec![
                Property::new(sys::SPA_PARAM_BUFFERS_buffers, int(4)),
                Property::new(sys::SPA_PARAM_BUFFERS_blocks, int(1)),
                Property::new(
                    sys::SPA_PARAM_BUFFERS_size,
                    int(self.stride() * self.height),
                ),
                Property::new(sys::SPA_PARAM_BUFFERS_stride, int(self.stride())),
            ],
        )
    }
}

fn object(type_: SpaTypes, id: ParamType, properties: Vec<Property>) -> Vec<u8> {
    let object = Value::Object(Object {
        type_: type_.as_raw(),
        id: id.as_raw(),
        properties,
    });
    let (bytes, _) = PodSerializer::serialize(Cursor::new(Vec::new()), &object).unwrap();
    bytes.into_inner()
}

fn connect(socket: &Path) -> OwnedFd {
    UnixStream::connect(socket).unwrap().into()
}

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The camera, until it is dropped.
struct Producer {
    orders: pw::channel::Sender<Option<Gives>>,
    thread: Option<JoinHandle<()>>,
}

impl Producer {
    fn begin(socket: &Path, first: Gives) -> (Self, u32) {
        let (orders, taken) = pw::channel::channel();
        let (told, node) = bounded(1);
        let remote = connect(socket);
        let begun = Builder::new().name("camera".to_owned());
        let thread = begun.spawn(move || produce(remote, first, taken, &told));
        let node = node.recv_timeout(Duration::from_secs(20)).unwrap();
        let thread = Some(thread.unwrap());
        (Self { orders, thread }, node)
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _ = self.orders.send(None);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A port that is known: its node, its id, and whether pictures go in.
type Ports = Rc<RefCell<Vec<(String, String, bool)>>>;

fn produce(
    remote: OwnedFd,
    first: Gives,
    orders: pw::channel::Receiver<Option<Gives>>,
    told: &Sender<u32>,
) {
    let main = pw::main_loop::MainLoop::new(None).unwrap();
    let context = pw::context::Context::new(&main).unwrap();
    let core = context.connect_fd(remote, None).unwrap();
    let registry = core.get_registry().unwrap();
    let ports = Ports::default();
    let _globals = registry
        .add_listener_local()
        .global({
            let ports = Rc::clone(&ports);
            move |global| {
                let Some(props) = global.props.filter(|_| global.type_ == ObjectType::Port) else {
                    return;
                };
                let text = |key| props.get(key).unwrap_or_default().to_owned();
                let takes = text("port.direction") == "in";
                let id = global.id.to_string();
                ports.borrow_mut().push((text("node.id"), id, takes));
            }
        })
        .register();
    let stream = pw::stream::Stream::new(
        &core,
        "test-camera",
        properties! {
            *pw::keys::MEDIA_TYPE => "Video",
            *pw::keys::MEDIA_CLASS => "Video/Source",
            *pw::keys::MEDIA_ROLE => "Camera",
        },
    );
    let stream = Rc::new(stream.unwrap());
    let settled: Rc<Cell<Option<Gives>>> = Rc::default();
    let _listener = stream
        .add_local_listener_with_user_data(())
        .param_changed({
            let settled = Rc::clone(&settled);
            move |stream, (), id, param| {
                let format = param.filter(|_| id == ParamType::Format.as_raw());
                let Some(format) = format else { return };
                let mut info = VideoInfoRaw::default();
                info.parse(format).unwrap();
                let now = Gives {
                    format: info.format(),
                    width: info.size().width,
                    height: info.size().height,
                };
                settled.set(Some(now));
                let buffers = now.buffers();
                let mut params = [Pod::from_bytes(&buffers).unwrap()];
                stream.update_params(&mut params).unwrap();
            }
        })
        .process({
            let settled = Rc::clone(&settled);
            move |stream, ()| {
                let (Some(mut buffer), Some(gives)) = (stream.dequeue_buffer(), settled.get())
                else {
                    return;
                };
                let size = gives.stride() * gives.height;
                let data = &mut buffer.datas_mut()[0];
                match data.data() {
                    // One of before the change that is still on its way.
                    Some(bytes) if bytes.len() < size as usize => return,
                    Some(bytes) => gives.paint(&mut bytes[..size as usize]),
                    None => return,
                }
                let chunk = data.chunk_mut();
                *chunk.offset_mut() = 0;
                *chunk.stride_mut() = i32::try_from(gives.stride()).unwrap();
                *chunk.size_mut() = size;
            }
        })
        .register()
        .unwrap();
    let offer = first.offer();
    let mut params = [Pod::from_bytes(&offer).unwrap()];
    let flags = StreamFlags::DRIVER | StreamFlags::MAP_BUFFERS;
    stream
        .connect(Direction::Output, None, flags, &mut params)
        .unwrap();
    let _orders = orders.attach(main.loop_(), {
        let (main, stream) = (main.clone(), Rc::clone(&stream));
        move |order| match order {
            None => main.quit(),
            Some(gives) => {
                let offer = gives.offer();
                let mut params = [Pod::from_bytes(&offer).unwrap()];
                stream.update_params(&mut params).unwrap();
            }
        }
    });
    let (said, link) = (Cell::new(false), RefCell::new(None));
    let timer = main.loop_().add_timer({
        let told = told.clone();
        let (core, stream) = (core.clone(), Rc::clone(&stream));
        move |_| {
            match stream.state() {
                StreamState::Connecting | StreamState::Unconnected => return,
                StreamState::Error(why) => panic!("{why}"),
                // SAFETY: the stream lives as long as this timer. (The bindings have this for newer versions only.)
                StreamState::Streaming => unsafe {
                    pw::sys::pw_stream_trigger_process(stream.as_raw_ptr());
                },
                StreamState::Paused => {}
            }
            let node = stream.node_id();
            if !said.replace(true) {
                told.send(node).unwrap();
            }
            let node = node.to_string();
            let ports = ports.borrow();
            let out = ports.iter().find(|(of, _, takes)| !takes && *of == node);
            let into = ports.iter().find(|(_, _, takes)| *takes);
            let unlinked = link.borrow().is_none();
            if let (Some(out), Some(into), true) = (out, into, unlinked) {
                let made = core.create_object::<pw::link::Link>(
                    "link-factory",
                    &properties! {
                        "link.output.node" => out.0.as_str(),
                        "link.output.port" => out.1.as_str(),
                        "link.input.node" => into.0.as_str(),
                        "link.input.port" => into.1.as_str(),
                    },
                );
                *link.borrow_mut() = Some(made.unwrap());
            }
        }
    });
    let often = Duration::from_millis(33);
    timer
        .update_timer(Some(often), Some(often))
        .into_result()
        .unwrap();
    main.run();
}

/// Looks at the camera until its picture is what this gives, all over.
fn shows(camera: &mut DesktopCamera, gives: Gives) {
    let waker = Waker::new().unwrap();
    let until = SystemClock.now() + Duration::from_secs(30);
    let mut picture = Picture::black(Size::even(320, 180));
    let mut last = None;
    while SystemClock.now() < until {
        let limit = Duration::from_secs(1);
        let Some(_) = camera.next(&waker, limit).expect("the camera goes on") else {
            continue;
        };
        camera.paint(&mut picture).expect("a frame can be painted");
        let planes = picture.planes_mut();
        let (y, stride) = (&planes[0].0, planes[0].1);
        // The edge between the halves is smoothed where the picture is scaled.
        let halves = [0, 164].map(|x| {
            let all = (0..180).flat_map(|row| &y[row * stride + x..][..156]);
            all.fold((255, 0), |(min, max), y| (*y.min(&min), *y.max(&max)))
        });
        let near = |(luma, (min, max)): (u8, (u8, u8))| min + 3 >= luma && max <= luma + 3;
        if gives.luma().into_iter().zip(halves).all(near) {
            return;
        }
        last = Some(halves);
    }
    panic!("{gives:?} is not seen, but {last:?}");
}

#[test]
fn a_camera_that_changes_size_and_pixels_in_the_middle_goes_on_in_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (config, socket) = (
        folder.path().join("test.conf"),
        folder.path().join("pipewire-0"),
    );
    std::fs::write(&config, CONFIG).unwrap();
    let daemon = Command::new("pipewire")
        .arg("-c")
        .arg(&config)
        .env("PIPEWIRE_RUNTIME_DIR", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .spawn();
    let _daemon = Daemon(daemon.expect("the program `pipewire`"));
    let waker = Waker::new().unwrap();
    let until = SystemClock.now() + Duration::from_secs(20);
    while UnixStream::connect(&socket).is_err() {
        assert!(SystemClock.now() < until, "PipeWire does not listen");
        waker.wait(None, Some(Duration::from_millis(20)));
    }
    let wide = Gives {
        format: VideoFormat::RGB,
        width: 640,
        height: 360,
    };
    let tall = Gives {
        format: VideoFormat::YUY2,
        width: 240,
        height: 480,
    };
    let (producer, id) = Producer::begin(&socket, wide);
    let node = CameraNode {
        id,
        name: "Test camera".to_owned(),
    };
    let wish = CameraWish {
        size: Size::even(640, 360),
        fps: 30,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut camera = DesktopCamera::record(connect(&socket), node, wish, clock).unwrap();
    shows(&mut camera, wide);
    for next in [tall, wide, tall] {
        assert!(producer.orders.send(Some(next)).is_ok());
        shows(&mut camera, next);
    }
    drop(producer);
}
