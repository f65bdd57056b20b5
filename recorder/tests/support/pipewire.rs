//! A PipeWire of the test's own: the real daemon, and a program that plays a camera.

#![expect(unsafe_code, reason = "a call that the bindings lack")]

use std::cell::{Cell, RefCell};
use std::io::Cursor;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::rc::Rc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ::pipewire as pw;
use crossbeam_channel::{Sender, bounded, never};
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
use tempfile::TempDir;

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
pub(crate) struct Gives {
    pub(crate) format: VideoFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// One of a landscape, and one of a portrait in other pixels.
pub(crate) const WIDE: Gives = Gives {
    format: VideoFormat::RGB,
    width: 640,
    height: 360,
};
pub(crate) const TALL: Gives = Gives {
    format: VideoFormat::YUY2,
    width: 240,
    height: 480,
};

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

/// The daemon, until it is dropped.
pub(crate) struct Daemon {
    process: Child,
    socket: PathBuf,
    _folder: TempDir,
}

impl Daemon {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (config, socket) = (path("test.conf"), path("pipewire-0"));
        std::fs::write(&config, CONFIG).unwrap();
        let process = Command::new("pipewire")
            .arg("-c")
            .arg(&config)
            .env("PIPEWIRE_RUNTIME_DIR", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .spawn()
            .expect("pipewire (scripts/setup.sh installs it)");
        let this = Self {
            process,
            socket,
            _folder: folder,
        };
        for _ in 0..1000 {
            if UnixStream::connect(&this.socket).is_ok() {
                return this;
            }
            let _ = never::<()>().recv_timeout(Duration::from_millis(20));
        }
        panic!("PipeWire does not listen");
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection of a program's.
pub(crate) fn connect(socket: &Path) -> OwnedFd {
    UnixStream::connect(socket).unwrap().into()
}

/// The camera: plugged in until it is dropped.
pub(crate) struct Plugged {
    orders: pw::channel::Sender<Option<Gives>>,
    thread: Option<JoinHandle<()>>,
}

impl Plugged {
    /// Into the PipeWire that listens at `socket`.
    pub(crate) fn into(socket: &Path, first: Gives) -> Self {
        let (orders, taken) = pw::channel::channel();
        let (tell, there) = bounded(1);
        let remote = connect(socket);
        let thread = Builder::new().name("camera".to_owned());
        let thread = thread.spawn(move || produce(remote, first, taken, &tell));
        there.recv_timeout(Duration::from_secs(20)).unwrap();
        let thread = Some(thread.unwrap());
        Self { orders, thread }
    }

    /// From now on.
    pub(crate) fn gives(&self, next: Gives) {
        assert!(self.orders.send(Some(next)).is_ok(), "the camera is gone");
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        let _ = self.orders.send(None);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A port that is known.
struct Port {
    node: String,
    id: String,
    /// Pictures go in.
    takes: bool,
    link: Option<pw::link::Link>,
}

type Ports = Rc<RefCell<Vec<Port>>>;

fn produce(
    remote: OwnedFd,
    first: Gives,
    orders: pw::channel::Receiver<Option<Gives>>,
    tell: &Sender<()>,
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
                ports.borrow_mut().push(Port {
                    node: text("node.id"),
                    id: global.id.to_string(),
                    takes: text("port.direction") == "in",
                    link: None,
                });
            }
        })
        .global_remove({
            let ports = Rc::clone(&ports);
            move |id| ports.borrow_mut().retain(|port| port.id != id.to_string())
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
    let said = Cell::new(false);
    let timer = main.loop_().add_timer({
        let (core, stream, tell) = (core, Rc::clone(&stream), tell.clone());
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
            if !said.replace(true) {
                tell.send(()).unwrap();
            }
            let own = stream.node_id().to_string();
            let mut ports = ports.borrow_mut();
            let out = ports.iter().find(|port| !port.takes && port.node == own);
            let Some(out) = out.map(|port| port.id.clone()) else {
                return;
            };
            for port in ports.iter_mut().filter(|p| p.takes && p.link.is_none()) {
                let link = core.create_object::<pw::link::Link>(
                    "link-factory",
                    &properties! {
                        "link.output.node" => own.as_str(),
                        "link.output.port" => out.as_str(),
                        "link.input.node" => port.node.as_str(),
                        "link.input.port" => port.id.as_str(),
                    },
                );
                port.link = Some(link.unwrap());
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
