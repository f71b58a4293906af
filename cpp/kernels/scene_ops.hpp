// The table of functions through which the engine has a task drawn without knowing it.
#pragma once

#include "../render/canvas.hpp"

namespace plyo {

namespace render {
class DisplayList;
class Raster;
}  // namespace render

// How one task is drawn: the size that its picture was designed for, and the picture of a State. A State and
// Params lie in memory alike whichever mathematics library steps them, so one scene serves both builds. None
// of the functions changes anything but the canvas.
struct SceneOps {
  render::Size (*size)(const void* params);
  void (*draw)(const void* params, const void* state, render::Raster& canvas);
  void (*list)(const void* params, const void* state, render::DisplayList& canvas);
};

}  // namespace plyo
