// A tape to be copied backwards, and the copy.
#pragma once

#include "envs/algorithmic/reverse.hpp"
#include "scenes/algorithmic/shared/tape.hpp"

namespace PLYO_ENVS {

struct ReverseScene : algorithmic::TapeScene<Reverse> {};

}  // namespace PLYO_ENVS
