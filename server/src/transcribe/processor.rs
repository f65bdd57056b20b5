//! What whisper.cpp was compiled for, and whether this processor has it. Where it lacks something the first window would end
//! the worker with an illegal instruction, so this is asked before a model is loaded.

#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "ggml tells what it was compiled for in functions of C; each returns a constant"
    )
)]

/// An extension of the instruction set that the speech code was compiled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    pub name: &'static str,
    /// Whether this processor (and its system) has it.
    pub here: bool,
}

/// What the speech code was compiled with. Empty where it is not known: on processors other than x86-64.
#[cfg(target_arch = "x86_64")]
pub fn compiled_for() -> Vec<Extension> {
    use whisper_rs::whisper_rs_sys as ggml;

    macro_rules! extensions {
        ($($name:literal $built:ident $here:tt;)*) => {
            [$((
                $name,
                // SAFETY: takes nothing, touches nothing, returns a constant.
                unsafe { ggml::$built() } != 0,
                std::arch::is_x86_feature_detected!($here),
            )),*]
        };
    }
    let all = extensions! {
        "SSE3" ggml_cpu_has_sse3 "sse3";
        "SSSE3" ggml_cpu_has_ssse3 "ssse3";
        "AVX" ggml_cpu_has_avx "avx";
        "AVX2" ggml_cpu_has_avx2 "avx2";
        "BMI2" ggml_cpu_has_bmi2 "bmi2";
        "F16C" ggml_cpu_has_f16c "f16c";
        "FMA" ggml_cpu_has_fma "fma";
        "AVX-VNNI" ggml_cpu_has_avx_vnni "avxvnni";
        "AVX-512" ggml_cpu_has_avx512 "avx512f";
        "AVX-512-VBMI" ggml_cpu_has_avx512_vbmi "avx512vbmi";
        "AVX-512-VNNI" ggml_cpu_has_avx512_vnni "avx512vnni";
        "AVX-512-BF16" ggml_cpu_has_avx512_bf16 "avx512bf16";
    };
    all.into_iter()
        .filter(|(_, built, _)| *built)
        .map(|(name, _, here)| Extension { name, here })
        .collect()
}

/// What the speech code was compiled with. Empty where it is not known: on processors other than x86-64.
#[cfg(not(target_arch = "x86_64"))]
pub fn compiled_for() -> Vec<Extension> {
    Vec::new()
}

/// What to tell people where the processor lacks something; none: the speech code runs here.
pub fn lacking(compiled_for: &[Extension]) -> Option<String> {
    let lacking = names(compiled_for.iter().filter(|e| !e.here));
    (!lacking.is_empty()).then(|| {
        format!(
            "this processor lacks {lacking}, which the speech code of this program was compiled for: recordings get no transcript, \
             everything else works. A program that is built on this machine (make install) uses what the processor has"
        )
    })
}

/// The names, as a list.
pub fn names<'a>(extensions: impl Iterator<Item = &'a Extension>) -> String {
    let names: Vec<_> = extensions.map(|e| e.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_processor_lacks_is_named_and_nothing_else() {
        let extension = |name, here| Extension { name, here };
        assert_eq!(lacking(&[extension("AVX", true)]), None);
        let text = lacking(&[
            extension("AVX", true),
            extension("AVX2", false),
            extension("FMA", false),
        ])
        .unwrap();
        assert!(
            text.contains("lacks AVX2, FMA,") && !text.contains("AVX,"),
            "{text}"
        );
    }

    /// The tests transcribe with what was built here, so a machine that builds them has what they need.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_machine_that_runs_the_tests_has_what_they_were_compiled_for() {
        let built = compiled_for();
        assert!(built.iter().any(|e| e.name == "SSE3"), "{built:?}");
        assert_eq!(lacking(&built), None);
    }
}
