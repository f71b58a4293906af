// The observation, enlarged.
#pragma once

#include "envs/retired/memorize_digits.hpp"
#include "scenes/retired/shared/observed_picture.hpp"

namespace PLYO_ENVS {

struct MemorizeDigitsScene : scenes::ObservedPictureScene<MemorizeDigits> {};

}  // namespace PLYO_ENVS
