// The observation, enlarged.
#pragma once

#include "envs/retired/cube_crash.hpp"
#include "scenes/retired/shared/observed_picture.hpp"

namespace PLYO_ENVS {

struct CubeCrashScene : scenes::ObservedPictureScene<CubeCrash> {};

}  // namespace PLYO_ENVS
