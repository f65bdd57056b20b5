#!/usr/bin/env bash
# The programs, optimised, with the web page inside the server.
#   APP=0        without the desktop app
#   PORTABLE=1   for other machines, in target/dist: the speech code takes AVX2, FMA, F16C and BMI2 (x86-64 since 2013) and nothing
#                newer. Without it the programs in target/release use all that this processor has.
source "$(dirname "$0")/lib/common.sh"
"$ROOT/scripts/setup.sh" build
cd "$ROOT"
step "Web page"
npm --prefix web run --silent build >&2
profile=release
if [ "${PORTABLE:-0}" = 1 ]; then
  # The build script of whisper-rs-sys hands these to CMake, and cargo does not see that they changed: hence a profile of its own.
  profile=dist
  export GGML_NATIVE=OFF GGML_SSE42=ON GGML_AVX=ON GGML_AVX2=ON GGML_BMI2=ON GGML_FMA=ON GGML_F16C=ON
fi
step "Programs"
cargo build --profile $profile --locked --workspace --exclude aside-app --bins
[ "${APP:-1}" = 0 ] || cargo build --profile $profile --locked -p aside-app --bins
say "The programs are ready in target/$profile"
