// A number line and the last guess's hint.
#pragma once

#include "envs/retired/guessing_game.hpp"
#include "scenes/retired/shared/number_line.hpp"

namespace PLYO_ENVS {

struct GuessingGameScene : NumberLineScene<GuessingGame> {};

}  // namespace PLYO_ENVS
