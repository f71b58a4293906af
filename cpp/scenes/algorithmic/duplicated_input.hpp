// A tape that repeats every symbol several times, and the copy.
#pragma once

#include "envs/algorithmic/duplicated_input.hpp"
#include "scenes/algorithmic/shared/tape.hpp"

namespace PLYO_ENVS {

struct DuplicatedInputScene : algorithmic::TapeScene<DuplicatedInput> {};

}  // namespace PLYO_ENVS
