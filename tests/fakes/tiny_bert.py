"""An encoder so small that a test makes and teaches it in seconds: a few dozen words, one layer, random weights."""

from pathlib import Path

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (*SPECIAL, "parcel", "courier", "order", "bill", "locker", "my", "is", "totally", "blorped", "quite", "zippy")


def encoder(folder: Path) -> Path:
    """Write the encoder without a head, as one is downloaded to be fine-tuned."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    BertTokenizerFast(vocab={word: place for place, word in enumerate(WORDS)}).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
        BertModel(BertConfig(vocab_size=len(WORDS), **shape)).save_pretrained(folder)
    return folder


def classifier(folder: Path, labels: list[str], **config: object) -> Path:
    """Write a classifier with these labels of its own; as it has learnt nothing its answers are only distinct."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    BertTokenizerFast(vocab={word: place for place, word in enumerate(WORDS)}).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
        named = {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
        made = BertConfig(vocab_size=len(WORDS), initializer_range=0.9, **shape, **named, **config)
        BertForSequenceClassification(made).save_pretrained(folder)
    return folder
