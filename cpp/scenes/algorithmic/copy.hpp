// A tape to be copied, and the copy.
#pragma once

#include "envs/algorithmic/copy.hpp"
#include "scenes/algorithmic/shared/tape.hpp"

namespace PLYO_ENVS {

struct CopyScene : algorithmic::TapeScene<Copy> {};

}  // namespace PLYO_ENVS
