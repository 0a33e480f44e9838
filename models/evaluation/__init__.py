"""How good the models are on examples with known answers: what ``kuula evaluate`` and the model card say."""
