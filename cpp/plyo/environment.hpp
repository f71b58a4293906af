// The one header that an environment of a user's includes: the rules for its struct, which core/environment.hpp
// lists, and its names. The struct may stand in `namespace PLYO_ENVS` or outside of any namespace.
#pragma once

#include "../core/environment.hpp"

// Outside of namespaces too.
namespace math = PLYO_ENVS::math;
using plyo::argument_names;
using plyo::attribute;
using plyo::Attribute;
using plyo::attribute_list;
using plyo::box;
using plyo::choice_field;
using plyo::dict;
using plyo::discrete;
using plyo::DType;
using plyo::Element;
using plyo::EnvInfo;
using plyo::field;
using plyo::fields;
using plyo::InfoLeaf;
using plyo::InfoStyle;
using plyo::kInfinity;
using plyo::kNoThreshold;
using plyo::kNoTimeLimit;
using plyo::LeafShape;
using plyo::limit;
using plyo::live;
using plyo::Method;
using plyo::method_list;
using plyo::named;
using plyo::NoParams;
using plyo::NoResetOptions;
using plyo::positive;
using plyo::preset;
using plyo::presets;
using plyo::report;
using plyo::reported;
using plyo::RewardType;
using plyo::Rng;
using plyo::settable;
using plyo::StateLayout;
using plyo::Step;
using plyo::step_only;
using plyo::Text;
using plyo::TextWriter;
using plyo::Transition;
using plyo::tuple;
using plyo::Variant;
using plyo::variants;
using plyo::View;
