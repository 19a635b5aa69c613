using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineBackprop.Configuration.Reading;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Naming;
using PipelineBackprop.Optimizers;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

/// <summary>A kind of layer known by its registration alone, and the agreement of the other records with the registries.</summary>
public sealed class RegisteredLayersTests
{
    private static readonly LayerKind s_scale = new(
        "scale",
        "Multiplies.",
        [
            new("outputs", SettingType.Integer, "Width.", IsRequired: true),
            new("rate", SettingType.Number, "Factor."),
            new("bias", SettingType.Boolean, "Whether."),
            new("activation", SettingType.Choice, "Function.") { Choices = ["relu", "tanh"] },
        ],
        (inputs, _) => new DenseLayer(inputs, 1));

    [Fact]
    public void Bind_EverySetting_IsWrittenBackAsItWas()
    {
        const string Text = """{"kind":"scale","outputs":3,"rate":0.25,"bias":true,"activation":"tanh"}""";

        PipelineBackprop.Configuration.LayerSettings layer = RegisteredLayers.Bind(SettingsParser.Parse(Text, "x.json"), s_scale);

        Assert.Equal(Text, JsonSerializer.SerializeToNode(layer, SettingsJson.Options)!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"kind":"scale"}""", "x.json, line 1: '' lacks the setting 'outputs', a whole number.")]
    [InlineData("""{"kind":"scale","outputs":1.5}""", "x.json, line 1: 'outputs' is 1.5, but must be a whole number.")]
    [InlineData("""{"kind":"scale","outputs":1,"rate":"x"}""", "x.json, line 1: 'rate' is \"x\", but must be a number.")]
    [InlineData("""{"kind":"scale","outputs":1,"bias":0}""", "x.json, line 1: 'bias' is 0, but must be true or false.")]
    [InlineData("""{"kind":"scale","outputs":1,"activation":"gelu"}""", "x.json, line 1: 'activation' is \"gelu\", but must be one of relu, tanh.")]
    [InlineData("""{"kind":"scale","outputs":1,"rat":1}""", "x.json, line 1: unknown setting 'rat'; did you mean 'rate'?")]
    [InlineData("""{"kind":"scale","outputs":1,"xyzzy":1}""", "x.json, line 1: unknown setting 'xyzzy'; known of kind scale: kind, outputs, rate, bias, activation.")]
    public void Bind_OneFault_GivesItsSentence(string text, string sentence)
    {
        var fault = Assert.Throws<InvalidInputException>(() => RegisteredLayers.Bind(SettingsParser.Parse(text, "x.json"), s_scale));

        Assert.Equal(sentence, fault.Message);
    }

    [Fact]
    public void Schema_DescribesKindSettingsAndChoices()
    {
        JsonObject schema = RegisteredLayers.Schema(s_scale);

        Assert.Equal("""["kind","outputs"]""", schema["required"]!.ToJsonString());
        Assert.Equal("""{"enum":["relu","tanh"],"description":"Function."}""", schema["properties"]!["activation"]!.ToJsonString());
        Assert.Equal("integer", (string?)schema["properties"]!["outputs"]!["type"]);
        Assert.False((bool)schema["additionalProperties"]!);
    }

    [Fact]
    public void Records_HaveTheKindsAndSettingsOfTheRegistries()
    {
        AssertAgree(typeof(PipelineBackprop.Configuration.LayerSettings), [.. LayerRegistry.Kinds.Where(kind => !RegisteredLayers.Kinds.Contains(kind))], []);
        AssertAgree(typeof(PipelineBackprop.Configuration.LossSettings), LossRegistry.Kinds, []);
        AssertAgree(typeof(PipelineBackprop.Configuration.OptimizerSettings), OptimizerRegistry.Kinds, ["weightDecay", "clipNorm", "schedule"]);
        AssertAgree(typeof(PipelineBackprop.Configuration.LearningRateScheduleSettings), LearningRateScheduleRegistry.Kinds, []);

        static void AssertAgree(Type family, IEnumerable<KindDescription> registered, string[] shared)
        {
            string Show(string name, IEnumerable<string> settings) => $"{name}: {string.Join(", ", settings.Except(shared).Order(StringComparer.Ordinal))}";
            Assert.Equal(
                registered.Select(kind => Show(kind.Name, kind.Settings.Select(setting => setting.Name))),
                SettingProperty.Kinds(family).Select(kind => Show(kind.Key, SettingProperty.Of(kind.Value).Select(property => property.Name))));
        }
    }
}
