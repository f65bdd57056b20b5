//! Pixel formats: what is asked for, and what a producer has settled on. Pure.
//!
//! No modifier of a format is ever named: by PipeWire's rules a producer then gives plain memory, and no buffer of a graphics card.

use std::io::Cursor;

use pipewire::spa::param::ParamType;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::video::VideoFormat;
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{ChoiceValue, Object, Property, Value};
use pipewire::spa::sys;
use pipewire::spa::utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Id, Rectangle, SpaTypes};

use crate::compose::Size;

/// Longest side that is asked for, in pixels.
const MAX_SIDE: u32 = 16_384;
/// Areas of change that a frame can name.
const DAMAGE_AREAS: i32 = 16;

/// How a pixel lies in memory, its first byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum PixelFormat {
    Bgrx,
    Bgra,
    Rgbx,
    Rgba,
    Rgb,
    Bgr,
    Yuy2,
    Uyvy,
    Nv12,
    I420,
}

/// What a screen may give, best first: the first two are copied as they are.
pub(in crate::source) const SCREEN_FORMATS: &[PixelFormat] = &[
    PixelFormat::Bgrx,
    PixelFormat::Bgra,
    PixelFormat::Rgbx,
    PixelFormat::Rgba,
];

/// What a camera may give, best first.
pub(in crate::source) const CAMERA_FORMATS: &[PixelFormat] = &[
    PixelFormat::Nv12,
    PixelFormat::I420,
    PixelFormat::Yuy2,
    PixelFormat::Uyvy,
    PixelFormat::Bgrx,
    PixelFormat::Bgra,
    PixelFormat::Rgbx,
    PixelFormat::Rgba,
    PixelFormat::Rgb,
    PixelFormat::Bgr,
];

impl PixelFormat {
    const ALL: &[(Self, VideoFormat)] = &[
        (Self::Bgrx, VideoFormat::BGRx),
        (Self::Bgra, VideoFormat::BGRA),
        (Self::Rgbx, VideoFormat::RGBx),
        (Self::Rgba, VideoFormat::RGBA),
        (Self::Rgb, VideoFormat::RGB),
        (Self::Bgr, VideoFormat::BGR),
        (Self::Yuy2, VideoFormat::YUY2),
        (Self::Uyvy, VideoFormat::UYVY),
        (Self::Nv12, VideoFormat::NV12),
        (Self::I420, VideoFormat::I420),
    ];

    fn id(self) -> u32 {
        let found = Self::ALL.iter().find(|(format, _)| *format == self);
        found.map_or(0, |(_, format)| format.as_raw())
    }

    /// `None`: one that was never offered.
    pub(super) fn of(format: VideoFormat) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == format);
        found.map(|(format, _)| *format)
    }
}

/// What a producer has settled on; it may do so anew in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Shape {
    pub(in crate::source) format: PixelFormat,
    /// Pixels.
    pub(in crate::source) width: u32,
    pub(in crate::source) height: u32,
}

/// The offers of a stream, best first. `size`: what is asked for where there is a choice. `fps`: most frames a second.
pub(super) fn offers(formats: &[PixelFormat], size: Size, fps: u32) -> Vec<Vec<u8>> {
    // A producer that knows nothing of a highest rate passes over the first.
    [true, false]
        .into_iter()
        .filter_map(|limited| offer(formats, size, fps, limited))
        .collect()
}

fn offer(formats: &[PixelFormat], size: Size, fps: u32, limited: bool) -> Option<Vec<u8>> {
    let ids: Vec<Id> = formats.iter().map(|format| Id(format.id())).collect();
    let rate = |num: u32| Fraction { num, denom: 1 };
    let square = |side: u32| Rectangle {
        width: side,
        height: side,
    };
    let mut properties = vec![
        property(
            FormatProperties::MediaType,
            Value::Id(Id(MediaType::Video.as_raw())),
        ),
        property(
            FormatProperties::MediaSubtype,
            Value::Id(Id(MediaSubtype::Raw.as_raw())),
        ),
        property(
            FormatProperties::VideoFormat,
            Value::Choice(ChoiceValue::Id(Choice(
                ChoiceFlags::empty(),
                ChoiceEnum::Enum {
                    default: *ids.first()?,
                    alternatives: ids,
                },
            ))),
        ),
        property(
            FormatProperties::VideoSize,
            Value::Choice(ChoiceValue::Rectangle(Choice(
                ChoiceFlags::empty(),
                ChoiceEnum::Range {
                    default: Rectangle {
                        width: size.width,
                        height: size.height,
                    },
                    min: square(1),
                    max: square(MAX_SIDE),
                },
            ))),
        ),
        property(
            FormatProperties::VideoFramerate,
            rates(rate(fps), rate(0), rate(1000)),
        ),
    ];
    if limited {
        properties.push(property(
            FormatProperties::VideoMaxFramerate,
            rates(rate(fps), rate(1), rate(fps)),
        ));
    }
    bytes(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        properties,
    )
}

/// What is asked for once the format is settled: memory that can be read, and what a frame says of itself.
pub(super) fn requests() -> Vec<Vec<u8>> {
    let readable = (1 << sys::SPA_DATA_MemPtr) | (1 << sys::SPA_DATA_MemFd);
    let memory = Property::new(
        sys::SPA_PARAM_BUFFERS_dataType,
        Value::Choice(ChoiceValue::Int(Choice(
            ChoiceFlags::empty(),
            ChoiceEnum::Flags {
                default: readable,
                flags: Vec::new(),
            },
        ))),
    );
    let buffers = bytes(
        SpaTypes::ObjectParamBuffers,
        ParamType::Buffers,
        vec![memory],
    );
    let area = size_of_i32::<sys::spa_meta_region>();
    let metas = [
        meta(
            sys::SPA_META_Header,
            Value::Int(size_of_i32::<sys::spa_meta_header>()),
        ),
        meta(sys::SPA_META_VideoCrop, Value::Int(area)),
        meta(
            sys::SPA_META_VideoDamage,
            Value::Choice(ChoiceValue::Int(Choice(
                ChoiceFlags::empty(),
                ChoiceEnum::Range {
                    default: area * DAMAGE_AREAS,
                    min: area,
                    max: area * DAMAGE_AREAS,
                },
            ))),
        ),
    ];
    buffers
        .into_iter()
        .chain(metas.into_iter().flatten())
        .collect()
}

fn size_of_i32<T>() -> i32 {
    i32::try_from(size_of::<T>()).unwrap_or(i32::MAX)
}

fn meta(kind: u32, size: Value) -> Option<Vec<u8>> {
    let properties = vec![
        Property::new(sys::SPA_PARAM_META_type, Value::Id(Id(kind))),
        Property::new(sys::SPA_PARAM_META_size, size),
    ];
    bytes(SpaTypes::ObjectParamMeta, ParamType::Meta, properties)
}

fn property(key: FormatProperties, value: Value) -> Property {
    Property::new(key.as_raw(), value)
}

fn rates(default: Fraction, min: Fraction, max: Fraction) -> Value {
    Value::Choice(ChoiceValue::Fraction(Choice(
        ChoiceFlags::empty(),
        ChoiceEnum::Range { default, min, max },
    )))
}

fn bytes(type_: SpaTypes, id: ParamType, properties: Vec<Property>) -> Option<Vec<u8>> {
    let object = Value::Object(Object {
        type_: type_.as_raw(),
        id: id.as_raw(),
        properties,
    });
    let (cursor, _) = PodSerializer::serialize(Cursor::new(Vec::new()), &object).ok()?;
    Some(cursor.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipewire::spa::pod::deserialize::PodDeserializer;

    fn keys(pod: &[u8]) -> Vec<u32> {
        let (_, value) = PodDeserializer::deserialize_any_from(pod).unwrap();
        let Value::Object(object) = value else {
            panic!("{value:?}")
        };
        object.properties.iter().map(|p| p.key).collect()
    }

    #[test]
    fn no_offer_names_a_modifier_so_none_is_of_a_graphics_card() {
        let offers = offers(SCREEN_FORMATS, Size::even(1920, 1080), 30);
        assert_eq!(offers.len(), 2);
        for offer in &offers {
            assert!(!keys(offer).contains(&FormatProperties::VideoModifier.as_raw()));
        }
        let limit = FormatProperties::VideoMaxFramerate.as_raw();
        assert!(keys(&offers[0]).contains(&limit) && !keys(&offers[1]).contains(&limit));
    }

    #[test]
    fn what_is_offered_is_recognised_and_nothing_else() {
        for format in SCREEN_FORMATS.iter().chain(CAMERA_FORMATS) {
            assert_eq!(
                PixelFormat::of(VideoFormat::from_raw(format.id())),
                Some(*format)
            );
        }
        assert_eq!(PixelFormat::of(VideoFormat::I420_10LE), None);
    }

    #[test]
    fn frames_are_asked_for_their_time_their_crop_and_what_changed() {
        assert_eq!(requests().len(), 4);
    }
}
