// Numbers to be added, and their sum.
#pragma once

#include "envs/algorithmic/reversed_addition.hpp"
#include "scenes/algorithmic/shared/tape.hpp"

namespace PLYO_ENVS {

struct ReversedAdditionScene : algorithmic::TapeScene<ReversedAddition> {};

}  // namespace PLYO_ENVS
