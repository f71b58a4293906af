// A tape to be copied three times, and the copies.
#pragma once

#include "envs/algorithmic/repeat_copy.hpp"
#include "scenes/algorithmic/shared/tape.hpp"

namespace PLYO_ENVS {

struct RepeatCopyScene : algorithmic::TapeScene<RepeatCopy> {};

}  // namespace PLYO_ENVS
