// Makes the SceneOps table of a scene: its only instantiations, one for each kind of canvas.
#pragma once

#include <concepts>

#include "../core/environment.hpp"
#include "../render/display_list.hpp"
#include "../render/raster.hpp"
#include "scene_ops.hpp"

namespace plyo {

// The requirements for a scene of Env: a size and a drawing, both functions of their arguments alone.
template <class Scene, class Env>
concept SceneOf =
    requires(const typename Env::Params& params, const StateOf<Env>& state, render::Null& canvas) {
      { Scene::size(params) } -> std::same_as<render::Size>;
      { Scene::draw(canvas, state, params) } -> std::same_as<void>;
    };

template <class Scene, class Env>
constexpr SceneOps make_scene() {
  static_assert(SceneOf<Scene, Env>,
                "a scene needs static constexpr render::Size size(const Params&) and "
                "template <class Canvas> static void draw(Canvas&, const State&, const Params&)");
  using State = StateOf<Env>;
  using Params = typename Env::Params;
  return {.size = [](const void* params) { return Scene::size(*static_cast<const Params*>(params)); },
          .draw =
              [](const void* params, const void* state, render::Raster& canvas) {
                Scene::draw(canvas, *static_cast<const State*>(state), *static_cast<const Params*>(params));
              },
          .list =
              [](const void* params, const void* state, render::DisplayList& canvas) {
                Scene::draw(canvas, *static_cast<const State*>(state), *static_cast<const Params*>(params));
              }};
}

}  // namespace plyo
